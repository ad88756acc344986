/** The keeper of the guard: ensured again and again, and left alone where maintenance is not enabled. */

import { expect, test } from '@jest/globals';
import { createLog } from '../../runtime/log.ts';
import { keepGuard } from './guard-keeper.ts';

const log = createLog({ level: 'silent', process: 'test', cluster: 'test' });

async function calls(options: { readonly enabled: boolean; readonly turns: number; readonly fails?: boolean }) {
  const found: string[] = [];
  const stop = new AbortController();
  const note = (call: string) => {
    found.push(call);
    if (found.length >= options.turns) stop.abort();
    return options.fails === true ? Promise.reject(new Error('away')) : Promise.resolve();
  };
  const guard = { ensure: () => note('ensure'), isRunning: () => note('isRunning').then(() => true) };
  await keepGuard({ guard, enabled: options.enabled, log, intervalMs: 1 }, stop.signal);
  return found;
}

test('a guard is ensured in every turn, also after failures', async () => {
  expect(await calls({ enabled: true, turns: 3 })).toEqual(['ensure', 'ensure', 'ensure']);
  expect(await calls({ enabled: true, turns: 2, fails: true })).toEqual(['ensure', 'ensure']);
});

test('a guard that is not enabled is never started, only asked once whether it runs', async () => {
  expect(await calls({ enabled: false, turns: 1 })).toEqual(['isRunning']);
});
