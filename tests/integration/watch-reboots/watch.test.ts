/** The watch of reboots as it is built, on the time-skipping server: who is started, what is remembered, who is left alone. */

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { MAINTAIN_NODE_WORKFLOW, maintainNodeWorkflowId } from '../../../contracts/maintenance/names.ts';
import { evaluateNow } from '../../../contracts/maintenance/watch-reboots.ts';
import { maintenanceTaskQueue } from '../../../contracts/names.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { nodeName, nodeRef } from '../../fixtures/nodes.ts';
import { type Harness, startHarness } from '../heal-node/harness.ts';
import { replay } from '../onboard-node/harness.ts';
import { needy, surveyOf, withReboots } from './harness.ts';

jest.setTimeout(100_000);

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness?.env.teardown());

const UNTIL = { timeoutMs: 60_000, pollMs: 20 };

test('M43: a node that needs a reboot is maintained once; a sentinel that stays makes it ineffective, a newer one does not', async () => {
  const newer = needy('lin-1', {
    host: {
      reportedMs: Date.UTC(2026, 5, 12),
      uptimeSeconds: 86_400,
      bootId: 'b-1',
      sentinel: { state: 'present', changedMs: Date.UTC(2026, 5, 12) },
    },
  });
  let candidate = needy('lin-1');
  let endings: readonly { node: ReturnType<typeof nodeRef>; outcome: 'done' }[] = [];
  await withReboots(
    harness,
    (world) => {
      world.survey = () => surveyOf([candidate], { endings });
    },
    async ({ world, handle, looked, maintenance, cluster }) => {
      expect(await looked(1)).toMatchObject({ inWork: ['lin-1'], requiredCount: 1 });
      expect(await maintenance(nodeName('lin-1'))).toEqual({
        cluster,
        node: nodeRef('lin-1'),
        run: 'reboots',
        group: 'workers',
        purpose: 'reboot',
        phase: 'node',
        executor: 'reboot-linux',
        expect: {
          kubelet: null,
          bootIdChanged: true,
          sentinelGone: false,
          connectivity: 'where-agents',
          healing: 'proven',
        },
        queuedMs: expect.any(Number),
        parent: handle.workflowId,
      });
      // Its end is not known yet.
      expect(await looked(2)).toMatchObject({ rows: [{ node: 'lin-1', kind: 'in-work' }] });
      endings = [{ node: nodeRef('lin-1'), outcome: 'done' }];
      expect(await looked(3)).toMatchObject({ inWork: [], ineffectiveCount: 1, rows: [{ kind: 'ineffective' }] });
      endings = [];
      expect(await looked(20)).toMatchObject({ ineffectiveCount: 1, inWork: [] });
      expect(world.asked.at(-1)).toEqual({ remembered: [nodeRef('lin-1')], asked: [], ineffective: 1 });
      expect(world.maintained).toHaveLength(1);
      candidate = newer;
      expect(await looked(21)).toMatchObject({ ineffectiveCount: 0, inWork: ['lin-1'] });
      await waitUntil(async () => world.maintained.length === 2, { what: 'the second maintenance', ...UNTIL });
      expect(world.cleared).toEqual([]);
      await replay(harness, handle);
    },
  );
});

test('M43: what somebody asks for is taken off the node once it was rebooted, and stays in work until that is done', async () => {
  const asked = needy('lin-1', { isAskedFor: true, host: null });
  let clears = 0;
  await withReboots(
    harness,
    (world) => {
      world.survey = ({ asked: names }) =>
        surveyOf([asked], { endings: names.map((node) => ({ node, outcome: 'done' })) });
      world.clear = () => {
        clears += 1;
        return clears < 2 ? 'uncleared' : 'cleared';
      };
    },
    async ({ world, looked }) => {
      await looked(1);
      expect(await looked(2)).toMatchObject({
        inWork: ['lin-1'],
        problem: 'the request for a reboot of lin-1 could not be taken away',
      });
      expect(await looked(3)).toMatchObject({ inWork: [], problem: null });
      expect(world.cleared).toEqual([nodeRef('lin-1'), nodeRef('lin-1')]);
      expect(world.maintained).toHaveLength(1);
    },
  );
});

test('M10, M44: a node that has another maintenance is left to it', async () => {
  const held = Promise.withResolvers<{ kind: 'gone' }>();
  await withReboots(
    harness,
    (world) => {
      world.observe = () => held.promise;
    },
    async ({ world, cluster, looked, handle }) => {
      const node = nodeRef('lin-1');
      await harness.env.client.workflow.start(MAINTAIN_NODE_WORKFLOW, {
        workflowId: maintainNodeWorkflowId({ cluster, node: node.name }),
        taskQueue: maintenanceTaskQueue(cluster),
        args: [
          {
            cluster,
            node,
            run: 'by-hand',
            group: 'workers',
            purpose: 'by-hand',
            phase: 'node',
            executor: 'reboot-linux',
            expect: { kubelet: null, bootIdChanged: true, sentinelGone: false, connectivity: 'off', healing: 'off' },
            parent: null,
          },
        ],
      });
      world.survey = () => surveyOf([needy('lin-1'), needy('lin-2')]);
      const before = world.asked.length;
      await handle.executeUpdate(evaluateNow);
      const status = await looked(before + 1);
      expect(status.inWork).toEqual(['lin-2']);
      held.resolve({ kind: 'gone' });
      // An activity that is left behind keeps the server of all tests from skipping time.
      for (const name of ['lin-1', 'lin-2']) {
        const id = maintainNodeWorkflowId({ cluster, node: nodeName(name) });
        await harness.env.client.workflow.getHandle(id).result();
      }
    },
  );
});

test('a cluster that cannot be looked at is looked at again, and says why; evaluateNow fails with it', async () => {
  await withReboots(
    harness,
    (world) => {
      world.survey = () => {
        throw new Error('connect ECONNREFUSED');
      };
    },
    async ({ world, handle, status }) => {
      await waitUntil(async () => (await status()).problem !== null, { what: 'the problem to be shown', ...UNTIL });
      expect((await status()).problem).toContain('connect ECONNREFUSED');
      await expect(handle.executeUpdate(evaluateNow)).rejects.toMatchObject({
        cause: { message: expect.stringContaining('the cluster could not be looked at: connect ECONNREFUSED') },
      });
      world.survey = () => surveyOf([needy('lin-1')]);
      expect(await handle.executeUpdate(evaluateNow)).toMatchObject({ problem: null, inWork: ['lin-1'] });
    },
  );
});

test('the watch that is cancelled lets the maintenances go on', async () => {
  const held = Promise.withResolvers<{ kind: 'gone' }>();
  await withReboots(
    harness,
    (world) => {
      world.survey = () => surveyOf([needy('lin-1')]);
      world.observe = () => held.promise;
    },
    async ({ world, handle, cluster, looked }) => {
      await looked(1);
      await waitUntil(async () => world.maintained.length === 1, { what: 'the maintenance', ...UNTIL });
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow();
      const child = harness.env.client.workflow.getHandle(maintainNodeWorkflowId({ cluster, node: nodeName('lin-1') }));
      expect((await child.describe()).status.name).toBe('RUNNING');
      held.resolve({ kind: 'gone' });
      expect(await child.result()).toMatchObject({ outcome: 'node-gone' });
    },
  );
});
