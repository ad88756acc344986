/** A wave in which one machine does not come back: halted with one node out, and what people decide about it. */

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { MACHINE_ANNOTATION } from '../../sandbox/machines/machine-behaviour.ts';
import { BEFORE, startUpgradeWorld, TARGET, type UpgradeWorld, WORKERS } from './upgrade-world.ts';

const BROKEN = 'w-3';
const WHO = { by: 'anna', reason: 'seen on its console' };

let world: UpgradeWorld;

beforeAll(async () => {
  world = await startUpgradeWorld();
}, 300_000);

afterAll(async () => {
  await world?.stop();
});

/** Until the run says that the machine is held, and whatever else was in work has ended. */
async function halted(run: string, machine: 'never-returns' | 'returns-late:60s' = 'never-returns'): Promise<void> {
  await world.reset({ [BROKEN]: machine });
  await world.start(run);
  const status = await world.until('the broken machine to halt the run', ({ problems, inWork }) => {
    return problems.some(({ kind }) => kind === 'held') && inWork.every((node) => node === BROKEN || node > BROKEN);
  });
  expect(status).toMatchObject({ state: 'halted', problems: [{ node: BROKEN, kind: 'held' }] });
}

async function cordoned(): Promise<readonly string[]> {
  return [...(await world.states())].filter(([, { isCordoned }]) => isCordoned).map(([name]) => name);
}

async function kubelets(): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries([...(await world.states())].map(([name, { kubelet }]) => [name, kubelet]));
}

afterEach(async () => {
  expect(await cordoned()).toEqual([]);
});

test('M19, M29: exactly one node is out, and a skip finishes the run without it', async () => {
  await halted('skipped');
  await world.until('the others of the wave to end or wait', ({ waitsFor }) => waitsFor.length > 1);
  expect(await cordoned()).toEqual([BROKEN]);
  expect(await world.upgrade.skip({ ...WHO, node: BROKEN })).toMatchObject({ kind: 'result' });
  const result = await world.result();
  expect(result).toMatchObject({
    outcome: 'partial',
    counts: { done: WORKERS.length - 1, 'given-back': 1 },
    exceptions: [{ node: BROKEN, outcome: 'given-back' }],
  });
  expect(await world.acts()).toEqual(Object.fromEntries(WORKERS.map((name) => [name, 1])));
  expect((await world.upgrade.report())?.decisions).toMatchObject([{ kind: 'skip', node: BROKEN, ...WHO }]);
}, 480_000);

test('M38: a retry acts on it once more, and takes no other node twice', async () => {
  await halted('retried');
  await world.sandbox.annotateNode(BROKEN, { [MACHINE_ANNOTATION]: 'reboots' });
  expect(await world.upgrade.retry({ ...WHO, node: BROKEN })).toMatchObject({ kind: 'result' });
  expect(await world.result()).toMatchObject({ outcome: 'done', counts: { done: WORKERS.length } });
  expect(await world.acts()).toEqual(Object.fromEntries(WORKERS.map((name) => [name, name === BROKEN ? 2 : 1])));
}, 480_000);

test('M38: an abort begins nothing more and leaves no node cordoned', async () => {
  await halted('aborted');
  expect(await world.upgrade.abort(WHO)).toMatchObject({ kind: 'result' });
  const result = await world.result();
  expect(result).toMatchObject({ outcome: 'aborted', detail: 'aborted by anna: seen on its console' });
  const acts = await world.acts();
  const untouched = WORKERS.filter((name) => acts[name] === 0);
  expect(untouched.length).toBeGreaterThan(0);
  const seen = await kubelets();
  for (const name of untouched) expect({ name, kubelet: seen[name] }).toEqual({ name, kubelet: BEFORE });
}, 480_000);

test('M19: one that comes back late is proven and given back by itself; a resume lets the others go on', async () => {
  // The breaker of the run before is open still.
  await world.guard.resume(WHO);
  await halted('late', 'returns-late:60s');
  await world.until('it to come back', ({ problems }) => problems.length === 0);
  await world.upgrade.resume(WHO);
  expect(await world.result()).toMatchObject({ outcome: 'done', counts: { done: WORKERS.length } });
  expect(await world.acts()).toEqual(Object.fromEntries(WORKERS.map((name) => [name, 1])));
  expect(new Set(Object.values(await kubelets()))).toEqual(new Set([TARGET]));
}, 480_000);
