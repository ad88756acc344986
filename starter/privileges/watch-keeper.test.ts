/** The keeper of the watch of privileges: ensured again and again, and left alone where it is not enabled. */

import { expect, test } from '@jest/globals';
import { createLog } from '../../runtime/log.ts';
import { keepPrivileges } from './watch-keeper.ts';

const log = createLog({ level: 'silent', process: 'test', cluster: 'test' });

async function calls(options: { readonly enabled: boolean; readonly turns: number; readonly fails?: boolean }) {
  const found: string[] = [];
  const stop = new AbortController();
  const note = (call: string) => {
    found.push(call);
    if (found.length >= options.turns) stop.abort();
    return options.fails === true ? Promise.reject(new Error('away')) : Promise.resolve();
  };
  const watch = {
    ensure: ({ searchAttributes }: { readonly searchAttributes: boolean }) => note(`ensure ${searchAttributes}`),
    isRunning: () => note('isRunning').then(() => true),
  };
  const deps = { watch, enabled: options.enabled, searchAttributes: true, log, intervalMs: 1 };
  await keepPrivileges(deps, stop.signal);
  return found;
}

test('a watch is ensured in every turn, also after failures', async () => {
  expect(await calls({ enabled: true, turns: 3 })).toEqual(['ensure true', 'ensure true', 'ensure true']);
  expect(await calls({ enabled: true, turns: 2, fails: true })).toEqual(['ensure true', 'ensure true']);
});

test('a watch that is not enabled is never started, only asked once whether it runs', async () => {
  expect(await calls({ enabled: false, turns: 1 })).toEqual(['isRunning']);
});
