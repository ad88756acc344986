/** Keeps the watch of reboots running. */

import type { Log } from '../../runtime/log.ts';
import type { RebootsWatch } from '../../temporal/maintenance/reboots.ts';
import { keepWatch } from '../keep-watch.ts';

export interface RebootsKeeperDeps {
  readonly watch: Pick<RebootsWatch, 'ensure'>;
  readonly enabled: boolean;
  readonly log: Log;
  readonly intervalMs: number;
}

/** Runs until the signal is aborted; never rejects. A watch that runs although it is not enabled is left alone. */
export async function keepReboots(
  { watch, enabled, log, intervalMs }: RebootsKeeperDeps,
  signal: AbortSignal,
): Promise<void> {
  if (!enabled) return;
  await keepWatch({ name: 'the watch of the reboots', keep: () => watch.ensure(), log, intervalMs }, signal);
}
