/** Keeps the guard of the maintenance running. */

import type { Log } from '../../runtime/log.ts';
import type { MaintenanceGuard } from '../../temporal/maintenance/guard.ts';
import { keepWatch } from '../keep-watch.ts';

export interface GuardKeeperDeps {
  readonly guard: Pick<MaintenanceGuard, 'ensure' | 'isRunning'>;
  readonly enabled: boolean;
  readonly log: Log;
  readonly intervalMs: number;
}

/** Runs until the signal is aborted; never rejects. */
export function keepGuard({ guard, enabled, log, intervalMs }: GuardKeeperDeps, signal: AbortSignal): Promise<void> {
  let isAsked = false;

  async function leaveAlone(): Promise<void> {
    if (isAsked) return;
    const runs = await guard.isRunning();
    if (runs) log.info('maintenance.enabled is false: the guard of the maintenance that runs is left alone');
    isAsked = true;
  }

  const keep = () => (enabled ? guard.ensure() : leaveAlone());
  return keepWatch({ name: 'the guard of the maintenance', keep, log, intervalMs }, signal);
}
