/** What keeps a workflow running: ensured again and again, and left alone where it is not enabled. */

import { expect, test } from '@jest/globals';
import { createLog } from '../runtime/log.ts';
import { keepRunning } from './keep-running.ts';

const log = createLog({ level: 'silent', process: 'test', cluster: 'test' });

async function calls(options: {
  readonly settings: Readonly<Record<string, boolean>>;
  readonly turns: number;
  readonly fails?: boolean;
}) {
  const found: string[] = [];
  const stop = new AbortController();
  const note = (call: string) => {
    found.push(call);
    if (found.length >= options.turns) stop.abort();
    return options.fails === true ? Promise.reject(new Error('away')) : Promise.resolve();
  };
  const workflow = { ensure: () => note('ensure'), isRunning: () => note('isRunning').then(() => true) };
  await keepRunning({ name: 'it', settings: options.settings, workflow, log, intervalMs: 1 }, stop.signal);
  return found;
}

test('one that is enabled is ensured in every turn, also after failures', async () => {
  const settings = { 'maintenance.enabled': true, 'maintenance.reboots.enabled': true };
  expect(await calls({ settings, turns: 3 })).toEqual(['ensure', 'ensure', 'ensure']);
  expect(await calls({ settings, turns: 2, fails: true })).toEqual(['ensure', 'ensure']);
});

test('one that any setting forbids is never started, only asked once whether it runs', async () => {
  const settings = { 'maintenance.enabled': true, 'maintenance.reboots.enabled': false };
  expect(await calls({ settings, turns: 1 })).toEqual(['isRunning']);
});
