/** The keeper of the watch: starts it again and again, compares its policy once, and survives every failure. */

import { expect, test } from '@jest/globals';
import type { ConnectivityPolicy } from '../../contracts/connectivity/watch-connectivity.ts';
import { createLog } from '../../runtime/log.ts';
import { type ConnectivityKeeperDeps, createConnectivityKeeper } from './watch-keeper.ts';

const POLICY: ConnectivityPolicy = {
  intervalMs: 60_000,
  failuresToAlarm: 3,
  restartHealing: false,
  searchAttributes: true,
};
const log = createLog({ level: 'silent', process: 'test', cluster: 'test' });

/** Runs the keeper for so many turns; `failures` names calls that throw, by turn. */
async function keep(options: {
  readonly turns: number;
  readonly enabled?: boolean;
  readonly running?: ConnectivityPolicy;
  readonly fails?: (call: string, turn: number) => boolean;
}): Promise<string[]> {
  const calls: string[] = [];
  const stop = new AbortController();
  let turn = 0;
  let running = options.running ?? POLICY;
  const noted = async <T>(call: string, result: T): Promise<T> => {
    if (call === 'ensure' || call === 'isRunning') turn += 1;
    if (turn >= options.turns) stop.abort();
    calls.push(call);
    if (options.fails?.(call, turn) === true) throw new Error(`${call} failed`);
    return result;
  };
  const watch: ConnectivityKeeperDeps['watch'] = {
    ensure: () => noted('ensure', undefined),
    isRunning: () => noted('isRunning', true),
    policy: () => noted('policy', running),
    async changePolicy(policy) {
      await noted('changePolicy', undefined);
      running = policy;
    },
  };
  const keeper = createConnectivityKeeper({
    watch,
    enabled: options.enabled ?? true,
    policy: POLICY,
    log,
    intervalMs: 1,
  });
  await keeper.run(stop.signal);
  return calls;
}

test('a watch with the configured policy is ensured in every turn, and asked for its policy once', async () => {
  expect(await keep({ turns: 3 })).toEqual(['ensure', 'policy', 'ensure', 'ensure']);
});

test.each(Object.keys(POLICY))('a running watch with another %s is sent the policy once', async (key) => {
  const running = { ...POLICY, [key]: key.endsWith('ing') ? true : key === 'searchAttributes' ? false : 7 };
  expect(await keep({ turns: 3, running })).toEqual(['ensure', 'policy', 'changePolicy', 'ensure', 'ensure']);
});

test('failures are tried again in the next turn, whichever call fails', async () => {
  for (const failing of ['ensure', 'policy', 'changePolicy']) {
    const running = { ...POLICY, failuresToAlarm: 9 };
    const calls = await keep({ turns: 3, running, fails: (call, turn) => call === failing && turn < 3 });
    expect(calls.filter((call) => call === 'changePolicy').length).toBeGreaterThanOrEqual(1);
    expect(calls.filter((call) => call === 'ensure')).toHaveLength(3);
  }
});

test('a watch that is not enabled is never started, only asked once whether it runs', async () => {
  expect(await keep({ turns: 1, enabled: false })).toEqual(['isRunning']);
});
