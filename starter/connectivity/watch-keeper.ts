/** Keeps the watch of the connectivity running, with the configured policy; the healing goes on whatever fails here. */

import { type ConnectivityPolicy, isSamePolicy } from '../../contracts/connectivity/watch-connectivity.ts';
import type { Log } from '../../runtime/log.ts';
import type { ConnectivityWatch } from '../../temporal/connectivity/watch.ts';
import { keepWatch } from '../keep-watch.ts';

type KeptWatch = Pick<ConnectivityWatch, 'ensure' | 'isRunning' | 'policy' | 'changePolicy'>;

export interface ConnectivityKeeperDeps {
  readonly watch: KeptWatch;
  readonly enabled: boolean;
  readonly policy: ConnectivityPolicy;
  readonly log: Log;
  readonly intervalMs: number;
}

export interface ConnectivityKeeper {
  /** Runs until the signal is aborted; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export function createConnectivityKeeper(deps: ConnectivityKeeperDeps): ConnectivityKeeper {
  const { watch, enabled, policy, log, intervalMs } = deps;
  /** Once in the life of this process: of two starters the one that was started last wins. */
  let isCompared = false;

  async function keep(): Promise<void> {
    if (!enabled) return leaveAlone();
    await watch.ensure(policy);
    if (isCompared) return;
    const running = await policyOf(watch);
    if (!isSamePolicy(running, policy)) {
      await watch.changePolicy(policy);
      log.info({ from: running, to: policy }, 'signalled the changed policy to the watch of the connectivity');
    }
    isCompared = true;
  }

  async function leaveAlone(): Promise<void> {
    if (isCompared) return;
    const runs = await watch.isRunning();
    if (runs) log.info('connectivity.enabled is false: the watch of the connectivity that runs is left alone');
    isCompared = true;
  }

  return {
    run: (signal) => keepWatch({ name: 'the watch of the connectivity', keep, log, intervalMs }, signal),
  };
}

async function policyOf(watch: KeptWatch): Promise<ConnectivityPolicy> {
  try {
    return await watch.policy();
  } catch (cause) {
    throw new Error('it runs, but does not answer with its policy (is a worker running?)', { cause });
  }
}
