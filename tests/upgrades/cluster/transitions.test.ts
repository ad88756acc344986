/** An upgrade step by step: the workflow as it is built, on a real server, with a cluster in memory. */

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { abortUpgrade, retryNode, skipNode } from '../../../contracts/upgrade/cluster-messages.ts';
import { maintenancesOf } from '../../../temporal/maintenance/maintenances.ts';
import { REBOOT } from '../../fixtures/maintenance.ts';
import { nodeName, nodeUid } from '../../fixtures/nodes.ts';
import { type Harness, startHarness } from '../../integration/heal-node/harness.ts';
import { QUICK_RULES } from '../../integration/maintain-node/world.ts';
import { replay } from '../../integration/onboard-node/harness.ts';
import { type Scene, withUpgrade } from './harness.ts';

// One for each: an activity that was left behind holds the time of the next one.
let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(async () => harness?.env.teardown());

const WHO = { by: 'anna', reason: 'looked at it' };
const BY_HAND = {
  run: 'by-hand',
  group: 'workers',
  purpose: 'by-hand',
  phase: 'node',
  executor: 'act',
  expect: { ...REBOOT, bootIdChanged: false },
  parent: null,
} as const;
const CONTROL_PLANE = ['cp-1', 'cp-2', 'cp-3'];
const WORKERS = ['w-1', 'w-2', 'w-3', 'w-4'];

function withNodes({ world }: Pick<Scene, 'world'>, ...names: readonly string[]): void {
  for (const name of names) world.addNode(name);
}

const acts = ({ world }: Pick<Scene, 'world'>) =>
  world.log.filter((line) => /^(node|kubelet|control-pods) /.test(line));

test('M3: three API servers one at a time, then their kubelets, then canary and waves; replayed alike', async () => {
  await withUpgrade(harness, async (scene) => {
    withNodes(scene, ...CONTROL_PLANE, ...WORKERS);
    const { result, handle } = await scene.start();
    expect(await result()).toMatchObject({ outcome: 'done', counts: { done: 7 }, exceptions: [] });
    expect(acts(scene).slice(0, 7)).toEqual([
      ...CONTROL_PLANE.map((name) => `control-pods ${name}`),
      ...CONTROL_PLANE.map((name) => `kubelet ${name}`),
      'node w-1',
    ]);
    expect(acts(scene).slice(7).toSorted()).toEqual(WORKERS.slice(1).map((name) => `node ${name}`));
    expect(scene.maintenance.markedMax).toBeLessThanOrEqual(3);
    await replay(harness, handle);
  });
}, 240_000);

test('M2: before each step the cluster is checked, everything before the first', async () => {
  await withUpgrade(harness, async (scene) => {
    withNodes(scene, 'cp-1', 'w-1', 'w-2');
    await (await scene.start()).result();
    expect(scene.world.log.filter((line) => /^(checks|node) /.test(line))).toEqual([
      'checks before-acts',
      'node cp-1',
      'checks before-wave',
      'node w-1',
      'checks before-wave',
      'checks before-wave',
      'node w-2',
    ]);
  });
}, 120_000);

test('M46, M48: others are told at the borders, and the report has every node', async () => {
  await withUpgrade(harness, async (scene) => {
    withNodes(scene, 'cp-1', 'w-1');
    await (await scene.start()).result();
    expect(scene.world.log.filter((line) => line.startsWith('Upgrade'))).toEqual([
      expect.stringMatching(/^UpgradeRuns: upgrade of .* to v1\.37\.2: running$/),
      expect.stringMatching(/^UpgradeEnded: .*; done: every step was proven$/),
    ]);
    expect(scene.world.reports).toMatchObject([
      {
        run: 'run-1',
        outcome: 'done',
        records: [
          { node: 'cp-1', from: 'v1.36.3' },
          { node: 'w-1', to: 'v1.37.2' },
        ],
      },
    ]);
  });
}, 120_000);

test('M6: where policies change in the middle the run ends at the next border', async () => {
  await withUpgrade(harness, async (scene) => {
    withNodes(scene, 'cp-1', 'w-1', 'w-2');
    const { result, until } = await scene.start();
    await until('the first node', ({ inWork, counts }) => inWork.length > 0 || counts.done !== undefined);
    scene.world.policies = 'others';
    expect(await result()).toMatchObject({
      outcome: 'partial',
      detail: expect.stringContaining('what was planned has changed'),
    });
    expect(acts(scene)).toEqual(['node cp-1']);
  });
}, 120_000);

test('M4: an unknown version in the middle halts until it is known again', async () => {
  await withUpgrade(harness, async (scene) => {
    withNodes(scene, 'cp-1', 'w-1');
    const { result, until } = await scene.start();
    await until('the first node', ({ inWork, counts }) => inWork.length > 0 || counts.done !== undefined);
    scene.world.unknown = ['kubelet of w-9: "" is no version'];
    const { waitsFor } = await until('a halt', ({ state }) => state === 'halted');
    expect(waitsFor).toEqual(['unknown: kubelet of w-9: "" is no version']);
    scene.world.unknown = [];
    await harness.env.sleep(600_000);
    expect(await result()).toMatchObject({ outcome: 'done' });
  });
}, 120_000);

test('M37: it waits for approval, and goes on by itself', async () => {
  await withUpgrade(harness, async (scene) => {
    withNodes(scene, 'cp-1', 'w-1');
    scene.world.approval = { kind: 'waiting', detail: '1 of 2 have approved', untilMs: 9e12 };
    const { result, until } = await scene.start();
    const { waitsFor, approvalUntilMs } = await until('it to wait', ({ state }) => state === 'waiting-for-approval');
    expect(waitsFor).toEqual(['approval: 1 of 2 have approved']);
    expect(approvalUntilMs).toBe(9e12);
    expect(acts(scene)).toEqual([]);
    scene.world.approval = { kind: 'approved', by: ['bert', 'carla'] };
    await harness.env.sleep(600_000);
    expect(await result()).toMatchObject({ outcome: 'done' });
    expect(scene.world.reports[0]?.approvedBy).toEqual(['bert', 'carla']);
  });
}, 120_000);

/** The act is over at once and nothing has changed: the node is held soon. */
function isIdle({ world, maintenance }: Scene, name: string): void {
  maintenance.rules = { ...QUICK_RULES, actDeadlineMs: 0, returnWithinMs: 300 };
  world.idle.add(name);
}

test('M19, M38: a node that does not come back halts the run; a skip gives it back and goes on', async () => {
  await withUpgrade(harness, async (scene) => {
    withNodes(scene, 'cp-1', ...WORKERS);
    isIdle(scene, 'w-1');
    const { result, until, handle } = await scene.start();
    const { problems, nodes } = await until('a halt', ({ state }) => state === 'halted');
    expect(problems).toMatchObject([
      { node: 'w-1', kind: 'held', detail: expect.stringContaining('the kubelet is v1.36.3') },
    ]);
    expect(nodes).toMatchObject({ held: 1, done: 1, failed: 0 });
    await expect(handle.executeUpdate(skipNode, { args: [{ ...WHO, node: 'w-9' }] })).rejects.toThrow();
    await handle.executeUpdate(skipNode, { args: [{ ...WHO, node: 'w-1' }] });
    expect(await result()).toMatchObject({
      outcome: 'partial',
      counts: { done: 4, 'given-back': 1 },
      exceptions: [{ node: 'w-1', outcome: 'given-back' }],
    });
    expect(scene.maintenance.nodes.get('w-1')).toMatchObject({ unschedulable: false, mark: null });
  });
}, 120_000);

test('M38: a retry acts once more, by its own maintenance', async () => {
  await withUpgrade(harness, async (scene) => {
    withNodes(scene, 'cp-1', 'w-1');
    isIdle(scene, 'w-1');
    const { result, until, handle } = await scene.start();
    await until('a halt', ({ state }) => state === 'halted');
    scene.world.idle.clear();
    await handle.executeUpdate(retryNode, { args: [{ ...WHO, node: 'w-1' }] });
    expect(await result()).toMatchObject({ outcome: 'done', counts: { done: 2 } });
    expect(acts(scene)).toEqual(['node cp-1', 'node w-1', 'node w-1']);
  });
}, 120_000);

test('M17, M38: who is skipped after its act had begun, and does not come back, is given back', async () => {
  await withUpgrade(harness, async (scene) => {
    withNodes(scene, 'cp-1', 'w-1');
    scene.maintenance.rules = { ...QUICK_RULES, actDeadlineMs: 0, returnWithinMs: 10_000 };
    scene.world.idle.add('w-1');
    const { result, until, handle } = await scene.start();
    await until('its act', ({ inWork }) => inWork.includes('w-1') && acts(scene).includes('node w-1'));
    await handle.executeUpdate(skipNode, { args: [{ ...WHO, node: 'w-1' }] });
    expect(scene.maintenance.nodes.get('w-1')).toMatchObject({ unschedulable: true });
    expect(await result()).toMatchObject({ outcome: 'partial', counts: { done: 1, 'given-back': 1 } });
    expect(scene.maintenance.nodes.get('w-1')).toMatchObject({ unschedulable: false, mark: null });
  });
}, 120_000);

test.each([
  ['a skip', { outcome: 'partial', counts: { done: 2, skipped: 1 } }],
  ['an abort', { outcome: 'aborted', counts: { done: 1, aborted: 1 } }],
] as const)(
  'M38: %s takes a node from this run alone, not from whoever has it',
  async (way, ending) => {
    await withUpgrade(harness, async (scene) => {
      withNodes(scene, 'cp-1', 'w-1', 'w-2');
      const drained = Promise.withResolvers<void>();
      scene.maintenance.scripted.drainNode = async ({ node }) => {
        if (node.name === 'w-1') await drained.promise;
        return { kind: 'looked', end: 'drained', evicted: 0, left: [], hadVolumes: false };
      };
      const maintenances = maintenancesOf(harness.env.client, { cluster: scene.cluster, searchAttributes: false });
      const node = { name: nodeName('w-1'), uid: nodeUid('uid-of-w-1') };
      await maintenances.start({ ...BY_HAND, cluster: scene.cluster, node });
      const { result, until, handle } = await scene.start();
      await until('w-1 to be waited for', ({ inWork }) => inWork.includes('w-1'));
      if (way === 'an abort') await handle.executeUpdate(abortUpgrade, { args: [WHO] });
      else await handle.executeUpdate(skipNode, { args: [{ ...WHO, node: 'w-1' }] });
      drained.resolve();
      expect(await maintenances.result(node.name)).toMatchObject({ outcome: 'done' });
      expect(await result()).toMatchObject(ending);
    });
  },
  120_000,
);
