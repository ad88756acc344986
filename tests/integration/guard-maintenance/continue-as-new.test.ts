/** Guard and maintenance go on in new runs with all that they know, on a server that suggests it early. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DefaultLogger } from '@temporalio/worker';
import { guardMaintenanceWorkflowId } from '../../../contracts/maintenance/names.ts';
import {
  askSlot,
  budgetStatus,
  maintenanceStatus,
  nodeNews,
  pauseMaintenance,
} from '../../../contracts/maintenance/signals-and-queries.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { facts, slotRequest } from '../../fixtures/maintenance.ts';
import { nodeRef } from '../../fixtures/nodes.ts';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { startRealTime } from '../../fixtures/temporal-environments.ts';
import type { Harness } from '../heal-node/harness.ts';
import { withMaintainer } from '../maintain-node/harness.ts';
import { heartbeats, QUICK_RULES } from '../maintain-node/world.ts';

const SUGGESTS_EARLY = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=30'];
const UNTIL = { timeoutMs: 120_000, pollMs: 50 };

let harness: Harness;
beforeAll(async () => {
  installQuietRuntime();
  harness = { env: await startRealTime(SUGGESTS_EARLY), bundle: await bundleWorkflows(new DefaultLogger('ERROR')) };
});
afterAll(async () => harness?.env.teardown());

test('M17: a cancellation is not lost, whenever it comes between two runs', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    world.scripted.askSlot = async () => undefined;
    for (let round = 0; round < 8; round += 1) {
      const { handle, result, reaches } = await start();
      await reaches('slot');
      const { runId } = await handle.describe();
      const isOtherRun = async () => {
        await handle.signal(nodeNews);
        return (await handle.describe()).runId !== runId;
      };
      await waitUntil(isOtherRun, { what: 'a new run', ...UNTIL, pollMs: 1 });
      for (let news = 0; news < round; news += 1) await handle.signal(nodeNews);
      await handle.cancel();
      expect(await result()).toMatchObject({ outcome: 'aborted' });
    }
  });
});

test('M19: a node that is held goes into the new run with its act, and is proven there', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    let isBack = false;
    world.rules = { ...QUICK_RULES, actDeadlineMs: 0, returnWithinMs: 100 };
    world.scripted.watchNode = async () => {
      await heartbeats(50);
      const seen = facts({ bootId: 'boot-2', ready: isBack });
      if (isBack) return { kind: 'proven', facts: seen, ended: null };
      return { kind: 'slice-over', facts: seen, missing: ['not yet'], ended: null };
    };
    const { handle, result, reaches } = await start();
    await reaches('hold');
    const { runId } = await handle.describe();
    await waitUntil(async () => (await handle.describe()).runId !== runId, { what: 'a new run', ...UNTIL });
    expect(await handle.query(maintenanceStatus)).toMatchObject({ step: 'hold', isHeld: true });
    isBack = true;
    const found = await result();
    expect(found).toMatchObject({ outcome: 'done', detail: 'proven, late; uncordoned' });
    expect(found.steps.map(({ step }) => step)).toEqual(
      expect.arrayContaining(['observe', 'slot', 'mark', 'drain', 'act', 'prove', 'hold', 'give-back']),
    );
    expect([...world.acts.values()]).toEqual([1]);
  });
});

test('M26: slots, requests, pause and breaker go into the new run of the guard', async () => {
  await withMaintainer(harness, async ({ cluster, world, start }) => {
    world.budget = {
      cluster: { percent: 100, count: null },
      groups: [{ name: 'workers', max: { percent: null, count: 1 } }],
      unavailable: { percent: 100, count: null },
      lastNode: 'accept',
    };
    world.scripted.watchNode = async () => {
      await heartbeats(200);
      return { kind: 'slice-over', facts: facts({ ready: false }), missing: ['not yet'], ended: null };
    };
    world.nodes.set('lin-2', facts({ uid: nodeRef('lin-2').uid }));
    const { handle, reaches } = await start();
    await reaches('prove');
    const guard = harness.env.client.workflow.getHandle(guardMaintenanceWorkflowId(cluster));
    const pause = { by: 'anna', reason: 'storm', untilMs: Date.now() + 600_000 };
    await guard.executeUpdate(pauseMaintenance, { args: [pause] });
    const { node, workflow, group, purpose, stage, drains } = slotRequest('lin-2');
    const asked = { node, workflow, group, purpose, stage, drains };
    const { runId } = await guard.describe();
    const isOtherRun = async () => {
      await guard.signal(askSlot, asked);
      return (await guard.describe()).runId !== runId;
    };
    await waitUntil(isOtherRun, { what: 'a new run of the guard', ...UNTIL });
    expect(await guard.query(budgetStatus)).toMatchObject({
      slots: [{ node: { name: 'lin-1' } }],
      waiting: [{ node: 'lin-2' }],
      pause,
    });
    await handle.terminate();
    await guard.terminate();
  });
});
