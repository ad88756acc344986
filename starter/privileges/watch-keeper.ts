/** Keeps the watch of the privileges running. */

import type { Log } from '../../runtime/log.ts';
import type { PrivilegesWatch } from '../../temporal/privileges/watch.ts';
import { keepWatch } from '../keep-watch.ts';

export interface PrivilegesKeeperDeps {
  readonly watch: Pick<PrivilegesWatch, 'ensure' | 'isRunning'>;
  readonly enabled: boolean;
  readonly searchAttributes: boolean;
  readonly log: Log;
  readonly intervalMs: number;
}

/** Runs until the signal is aborted; never rejects. */
export function keepPrivileges(deps: PrivilegesKeeperDeps, signal: AbortSignal): Promise<void> {
  const { watch, enabled, searchAttributes, log, intervalMs } = deps;
  let isAsked = false;

  async function leaveAlone(): Promise<void> {
    if (isAsked) return;
    const runs = await watch.isRunning();
    if (runs) log.info('maintenance.privileges.enabled is false: the watch of the privileges that runs is left alone');
    isAsked = true;
  }

  const keep = () => (enabled ? watch.ensure({ searchAttributes }) : leaveAlone());
  return keepWatch({ name: 'the watch of the privileges', keep, log, intervalMs }, signal);
}
