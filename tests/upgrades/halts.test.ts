/** A wave in which one machine does not come back: halted with one node out, and what people decide about it. */

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { MACHINE_ANNOTATION } from '../../sandbox/machines/machine-behaviour.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { BEFORE, startUpgradeWorld, TARGET, type UpgradeWorld } from '../e2e/upgrade-world.ts';

/** One after another: who comes after the broken one waits for its slot. */
const WORKERS = ['w-1', 'w-2', 'w-3', 'w-4'];
const BROKEN = 'w-3';
const WHO = { by: 'anna', reason: 'seen on its console' };

let world: UpgradeWorld;

beforeAll(async () => {
  world = await startUpgradeWorld({ workers: WORKERS, nodesMax: 1, waves: ['100%'] });
}, 300_000);

afterAll(async () => {
  await world?.stop();
});

/** Until the run says that the machine is held, and why no other is begun. */
async function halted(run: string, machine: 'never-returns' | 'returns-late:40s' = 'never-returns'): Promise<void> {
  await world.reset({ [BROKEN]: machine });
  await world.start(run);
  const status = await world.until('the broken machine to halt the run', ({ problems, waitsFor }) => {
    return problems.some(({ kind }) => kind === 'held') && waitsFor.length > 1;
  });
  expect(status).toMatchObject({ state: 'halted', problems: [{ node: BROKEN, kind: 'held' }] });
  expect(status.waitsFor.at(-1)).toContain('failures opened the breaker');
}

async function cordoned(): Promise<readonly string[]> {
  return [...(await world.states())].filter(([, { isCordoned }]) => isCordoned).map(([name]) => name);
}

async function kubelets(): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries([...(await world.states())].map(([name, { kubelet }]) => [name, kubelet]));
}

afterEach(async () => {
  expect(await cordoned()).toEqual([]);
  expect([...(await world.states()).values()].filter(({ isMarked }) => isMarked)).toEqual([]);
});

test('M19, M29: exactly one node is out, and a skip finishes the run without it', async () => {
  await halted('skipped');
  expect(await cordoned()).toEqual([BROKEN]);
  expect(await world.upgrade.skip({ ...WHO, node: BROKEN })).toMatchObject({ kind: 'result' });
  // Down, it would use up the budget of one node; somebody repairs it as it is.
  await world.sandbox.setNodeReady(BROKEN, true);
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
  await halted('late', 'returns-late:40s');
  await world.until('it to come back', ({ problems }) => problems.length === 0);
  await world.upgrade.resume(WHO);
  expect(await world.result()).toMatchObject({ outcome: 'done', counts: { done: WORKERS.length } });
  expect(await world.acts()).toEqual(Object.fromEntries(WORKERS.map((name) => [name, 1])));
  expect(new Set(Object.values(await kubelets()))).toEqual(new Set([TARGET]));
}, 480_000);

test('M30, M52: whichever maintainer runs shows the halt, also after kill -9, and nothing of the run after its end', async () => {
  await world.guard.resume(WHO);
  await halted('shown');
  await world.maintainer.kill('SIGKILL');
  await world.maintainer.exited;
  const next = await world.sandbox.startProcess('maintainer', { replica: 1 });
  await next.waitUntilReady();
  const page = async () => (await fetch(`${next.httpUrl}/metrics`)).text();
  const shows = (what: string, isSo: (text: string) => boolean) =>
    waitUntil(async () => isSo(await page()), { what, timeoutMs: 200_000, pollMs: 1_000, explain: page });
  await shows('the halt', (text) => text.includes('vigilante_upgrade_state{state="halted"} 1'));
  expect(await page()).toContain('vigilante_upgrade_nodes{state="held"} 1');
  await shows('the kubelets', (text) => text.includes(`vigilante_versions{component="kubelet",version="${TARGET}"}`));
  await world.upgrade.abort(WHO);
  expect(await world.result()).toMatchObject({ outcome: 'aborted' });
  await shows('the end', (text) => !text.includes('vigilante_upgrade_state{'));
}, 600_000);
