/** The guard and the maintenance of several nodes at a time, on a real server, with nodes in memory. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { DefaultLogger } from '@temporalio/worker';
import type { BudgetStatus } from '../../../contracts/maintenance/guard-maintenance.ts';
import { guardMaintenanceWorkflowId } from '../../../contracts/maintenance/names.ts';
import {
  budgetStatus,
  explainNode,
  maintenanceStatus,
  nodeNews,
  pauseMaintenance,
  resumeMaintenance,
  returnSlot,
} from '../../../contracts/maintenance/signals-and-queries.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { facts, type SurveyRules } from '../../fixtures/maintenance.ts';
import { nodeName, nodeRef } from '../../fixtures/nodes.ts';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { startRealTime } from '../../fixtures/temporal-environments.ts';
import type { Harness } from '../heal-node/harness.ts';
import { type Maintenance, type Scene, withMaintainer } from '../maintain-node/harness.ts';
import { heartbeats, type MaintenanceWorld, nodesOf, QUICK_RULES } from '../maintain-node/world.ts';

const UNTIL = { timeoutMs: 120_000, pollMs: 50 };
const WHO = { by: 'anna', reason: 'storm' };
const RULES: SurveyRules = {
  cluster: { percent: 100, count: null },
  groups: [{ name: 'workers', max: { percent: null, count: 2 } }],
  unavailable: { percent: 100, count: null },
};

let harness: Harness;
beforeAll(async () => {
  installQuietRuntime();
  harness = { env: await startRealTime([]), bundle: await bundleWorkflows(new DefaultLogger('ERROR')) };
});
afterAll(async () => harness?.env.teardown());

function guardOf({ cluster }: Scene): WorkflowHandle {
  return harness.env.client.workflow.getHandle(guardMaintenanceWorkflowId(cluster));
}

async function budget(scene: Scene): Promise<BudgetStatus> {
  return guardOf(scene).query(budgetStatus);
}

const namesOf = (list: readonly { readonly node: { readonly name: string } }[]) =>
  list.map(({ node }) => node.name).sort();

/** Acts, and comes back when the test says so. */
function comesBackWhen(world: MaintenanceWorld, isReleased: () => boolean): void {
  world.scripted.watchNode = async ({ node: { name } }) => {
    await heartbeats(50);
    const seen = world.nodes.get(name) ?? facts();
    if (isReleased()) return { kind: 'proven', facts: seen, ended: null };
    return { kind: 'slice-over', facts: seen, missing: ['not yet'], ended: null };
  };
}

async function startAll(scene: Scene, names: readonly string[]): Promise<Maintenance[]> {
  return Promise.all(names.map((name) => scene.start({ node: nodeRef(name), purpose: 'reboot' })));
}

async function slotsAre(scene: Scene, count: number): Promise<void> {
  await waitUntil(async () => (await budget(scene).catch(() => null))?.slots.length === count, {
    what: `${count} slots`,
    ...UNTIL,
  });
}

async function endGuard(scene: Scene): Promise<void> {
  await guardOf(scene)
    .terminate('the test is over')
    .catch(() => undefined);
}

test('M26, M30: two at a time, also over a guard that was terminated while their slots were out', async () => {
  await withMaintainer(harness, async (scene) => {
    const { world } = scene;
    let isReleased = false;
    const names = ['n-0', 'n-1', 'n-2', 'n-3', 'n-4'];
    for (const entry of nodesOf(...names)) world.nodes.set(...entry);
    world.nodes.delete('lin-1');
    world.budget = RULES;
    comesBackWhen(world, () => isReleased);
    const all = await startAll(scene, names);
    await slotsAre(scene, 2);
    await waitUntil(async () => (await budget(scene)).waitingCount === 3, { what: 'three that wait', ...UNTIL });
    const before = await budget(scene);
    expect(before.waiting[0]?.reasons.map(({ kind }) => kind)).toEqual(['group-budget']);
    const waiting = all[names.indexOf(before.waiting[0]?.node ?? '')];
    const { waitsFor } = await (waiting?.handle.query(maintenanceStatus) ?? { waitsFor: [] });
    expect(waitsFor[0]).toContain('the budget of workers is used up');
    await waitUntil(async () => [...world.nodes.values()].filter(({ mark }) => mark !== null).length === 2, {
      what: 'two marks',
      ...UNTIL,
    });

    const { runId } = await guardOf(scene).describe();
    await guardOf(scene).terminate('by hand');
    // Whoever asks again starts it again.
    for (const { handle } of all) await handle.signal(nodeNews).catch(() => undefined);
    await waitUntil(async () => (await guardOf(scene).describe()).runId !== runId, { what: 'another guard', ...UNTIL });
    await slotsAre(scene, 2);
    const { givesFromMs, ...after } = await budget(scene);
    expect(namesOf(after.slots)).toEqual(namesOf(before.slots));
    await waitUntil(async () => ((await budget(scene)).lookedMs ?? 0) >= givesFromMs, {
      what: 'a guard that gives',
      ...UNTIL,
    });
    expect(namesOf((await budget(scene)).slots)).toEqual(namesOf(before.slots));

    isReleased = true;
    const outcomes = await Promise.all(all.map(async ({ result }) => (await result()).outcome));
    expect(outcomes).toEqual(names.map(() => 'done'));
    expect(world.markedMax).toBe(2);
    await slotsAre(scene, 0);
    expect([...world.acts.values()]).toEqual(names.map(() => 1));
    await endGuard(scene);
  });
});

test.each([
  ['drains', 'drain', 'given-back'],
  ['acts', 'prove', 'done'],
])(
  'M21: terminated while it %s, a node is recovered by another run, and its slot is freed',
  async (_name, step, outcome) => {
    await withMaintainer(harness, async (scene) => {
      const { world } = scene;
      let isReleased = false;
      world.budget = { ...RULES, lastNode: 'accept' };
      comesBackWhen(world, () => isReleased);
      if (step === 'drain') {
        world.scripted.drainNode = async () => {
          await heartbeats(60_000);
          return { kind: 'looked', end: 'drained', evicted: 0, left: [], hadVolumes: false };
        };
      }
      const { handle, reaches } = await scene.start();
      await reaches(step);
      await handle.terminate('by hand');
      isReleased = true;
      // The guard looks again within a minute by itself, and at once where somebody asks.
      await guardOf(scene).executeUpdate(pauseMaintenance, { args: [{ ...WHO, untilMs: Date.now() + 60_000 }] });
      await slotsAre(scene, 0);
      expect(world.nodes.get('lin-1')).toMatchObject({ unschedulable: false, mark: null });
      const recovered = harness.env.client.workflow.getHandle(handle.workflowId);
      expect(await recovered.result()).toMatchObject({ outcome });
      expect([...world.acts.values()]).toEqual(step === 'drain' ? [] : [1]);
      await endGuard(scene);
    });
  },
);

test('M19, M29: a node that is held opens the breaker for the others, until a person resumes', async () => {
  await withMaintainer(harness, async (scene) => {
    const { world } = scene;
    let isReleased = false;
    for (const entry of nodesOf('n-0', 'n-1', 'n-2')) world.nodes.set(...entry);
    world.budget = RULES;
    world.rules = { ...QUICK_RULES, actDeadlineMs: 0, returnWithinMs: 100 };
    comesBackWhen(world, () => isReleased);
    const [held] = await startAll(scene, ['n-0']);
    await held?.reaches('hold');
    await waitUntil(async () => (await budget(scene)).breaker.failures !== null, { what: 'an open breaker', ...UNTIL });
    const { slots, breaker } = await budget(scene);
    expect(slots).toMatchObject([{ node: { name: 'n-0' }, held: true }]);
    expect(breaker.failures?.detail).toContain('n-0: unproven');
    const [next] = await startAll(scene, ['n-1']);
    await waitUntil(async () => (await budget(scene)).waiting[0]?.reasons[0]?.kind === 'breaker', {
      what: 'one that waits for the breaker',
      ...UNTIL,
    });
    const asked = { node: nodeName('n-2'), purpose: 'reboot' } as const;
    expect(await guardOf(scene).executeUpdate(explainNode, { args: [asked] })).toMatchObject({ kind: 'would-wait' });
    // Proving and giving back go on while it is open.
    world.rules = QUICK_RULES;
    isReleased = true;
    expect(await held?.result()).toMatchObject({ outcome: 'done' });
    expect((await budget(scene)).breaker.failures).not.toBeNull();
    await guardOf(scene).executeUpdate(resumeMaintenance, { args: [WHO] });
    expect(await next?.result()).toMatchObject({ outcome: 'done' });
    expect(await guardOf(scene).executeUpdate(explainNode, { args: [asked] })).toMatchObject({
      kind: 'would-be-granted',
    });
    await endGuard(scene);
  });
});

test('M29: told again of an act that failed, a guard that was resumed goes on; another act opens the breaker', async () => {
  await withMaintainer(harness, async (scene) => {
    const { world } = scene;
    for (const entry of nodesOf('n-0', 'n-1', 'n-2')) world.nodes.set(...entry);
    world.budget = RULES;
    world.rules = { ...QUICK_RULES, actDeadlineMs: 0, returnWithinMs: 100 };
    comesBackWhen(world, () => false);
    const isOpen = async () => (await budget(scene)).breaker.failures !== null;
    const [held] = await startAll(scene, ['n-0']);
    await held?.reaches('hold');
    await waitUntil(isOpen, { what: 'an open breaker', ...UNTIL });
    await guardOf(scene).executeUpdate(resumeMaintenance, { args: [WHO] });
    const told = { node: nodeRef('n-0'), outcome: 'unproven', held: true, attempt: 1 } as const;
    await guardOf(scene).signal(returnSlot, told);
    expect(await isOpen()).toBe(false);
    await guardOf(scene).signal(returnSlot, { ...told, attempt: 2 });
    expect(await isOpen()).toBe(true);
    await endGuard(scene);
  });
});

test('M31: a pause has an end and a name, and stops who asks', async () => {
  await withMaintainer(harness, async (scene) => {
    const { world } = scene;
    for (const entry of nodesOf('n-0', 'n-1')) world.nodes.set(...entry);
    world.budget = RULES;
    const [first] = await startAll(scene, ['n-0']);
    expect(await first?.result()).toMatchObject({ outcome: 'done' });
    const guard = guardOf(scene);
    const pause = (untilMs: number) => guard.executeUpdate(pauseMaintenance, { args: [{ ...WHO, untilMs }] });
    const day = 86_400_000;
    await expect(pause(Date.now() - 1)).rejects.toThrow();
    await expect(pause(Date.now() + 15 * day)).rejects.toThrow();
    await pause(Date.now() + 13 * day);
    const [second] = await startAll(scene, ['n-1']);
    await waitUntil(async () => (await budget(scene)).waiting[0]?.reasons[0]?.kind === 'paused', {
      what: 'one that waits for the end of the pause',
      ...UNTIL,
    });
    expect((await budget(scene)).waiting[0]?.reasons[0]?.detail).toMatch(/^paused by anna until .*: storm$/);
    await guard.executeUpdate(resumeMaintenance, { args: [WHO] });
    expect(await second?.result()).toMatchObject({ outcome: 'done' });
    await endGuard(scene);
  });
});
