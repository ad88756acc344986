/** Keeps the watch of the connectivity running, with the configured policy; the healing goes on whatever fails here. */

import type { ConnectivityPolicy } from '../../contracts/connectivity/watch-connectivity.ts';
import { type Log, messageOf } from '../../runtime/log.ts';
import { sleep } from '../../runtime/retry.ts';

/** The one watch of the cluster as Temporal knows it. All of them throw when Temporal does not answer. */
export interface ConnectivityWatch {
  /** Adds no event where it runs; starts it again where it was cancelled, terminated or failed. */
  ensure(policy: ConnectivityPolicy): Promise<void>;
  isRunning(): Promise<boolean>;
  /** Throws where no worker answers. */
  policy(): Promise<ConnectivityPolicy>;
  changePolicy(policy: ConnectivityPolicy): Promise<void>;
}

export interface ConnectivityKeeperDeps {
  readonly watch: ConnectivityWatch;
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
  let problem: string | null = null;

  async function keep(): Promise<void> {
    if (!enabled) return leaveAlone();
    await watch.ensure(policy);
    if (isCompared) return;
    const running = await policyOf(watch);
    if (!isSamePolicy(running, policy)) {
      await watch.changePolicy(policy);
      log.info({ from: running, to: policy }, 'told the watch of the connectivity its changed policy');
    }
    isCompared = true;
  }

  async function leaveAlone(): Promise<void> {
    if (isCompared) return;
    const runs = await watch.isRunning();
    if (runs) log.info('connectivity.enabled is false: the watch of the connectivity that runs is left alone');
    isCompared = true;
  }

  /** A failure is told once, and so is its end. */
  async function keepAndTell(): Promise<void> {
    try {
      await keep();
      if (problem !== null) log.info('the watch of the connectivity is looked after again');
      problem = null;
    } catch (error) {
      if (problem === null) log.warn(`the watch of the connectivity cannot be looked after: ${messageOf(error)}`);
      problem = messageOf(error);
    }
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        await keepAndTell();
        await sleep(intervalMs, signal);
      }
    },
  };
}

async function policyOf(watch: ConnectivityWatch): Promise<ConnectivityPolicy> {
  try {
    return await watch.policy();
  } catch (cause) {
    throw new Error('it runs, but does not tell its policy (is a worker running?)', { cause });
  }
}

function isSamePolicy(one: ConnectivityPolicy, other: ConnectivityPolicy): boolean {
  return (
    one.intervalMs === other.intervalMs &&
    one.failuresToAlarm === other.failuresToAlarm &&
    one.restartHealing === other.restartHealing &&
    one.searchAttributes === other.searchAttributes
  );
}
