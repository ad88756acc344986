/** A run over several clusters on a real server: what is begun when, and what people decide. */

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import {
  MAINTENANCE_SEARCH_ATTRIBUTES,
  VIGILANTE_CLUSTER,
  VIGILANTE_RUN,
} from '../../../contracts/search-attributes.ts';
import {
  abortFleet,
  approveStage,
  pauseFleet,
  resumeFleet,
  retryCluster,
  skipCluster,
} from '../../../contracts/upgrade/fleet-messages.ts';
import {
  SOAK_CLUSTER_WORKFLOW,
  soakClusterWorkflowId,
  UPGRADE_CLUSTER_WORKFLOW,
  upgradeClusterWorkflowId,
} from '../../../contracts/upgrade/names.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { ensureSearchAttributes } from '../../../temporal/search-attributes.ts';
import { silentLog } from '../runtime/temporal-server.ts';
import { DONE } from './fake-cluster.ts';
import { type FleetScene, type FleetWorld, stageOf, startFleetWorld, withFleet } from './harness.ts';

jest.setTimeout(200_000);

const WHO = { by: 'anna', reason: 'CHG-1' };
const HOUR_MS = 3_600_000;
const SOAK = { forMs: HOUR_MS, resetsMax: 3, deadlineMs: 500 * HOUR_MS };

let world: FleetWorld;
beforeAll(async () => {
  world = await startFleetWorld();
});
afterAll(async () => world?.stop());

const UNTIL = { timeoutMs: 60_000, pollMs: 50 };

const modesOf = (scene: FleetScene, name: string) => scene.cluster(name).asked.map(({ mode }) => mode);
const phaseOf = ({ clusters }: Awaited<ReturnType<FleetScene['status']>>, name: string) =>
  clusters.find(({ cluster }) => cluster === name)?.phase;

test('M9, M40: all are surveyed first, a stage soaks before the next one begins, and production waits for its approval', async () => {
  const stages = [
    stageOf('sandbox', ['a'], { soak: SOAK }),
    stageOf('production', ['b', 'c'], { approval: 'before', parallelMax: 2 }),
  ];
  await withFleet(world, { stages }, async (scene) => {
    const { cluster, handle, until } = scene;
    cluster('b').survey = { outcome: 'blocked', detail: 'budgets: default/web' };
    const { runId } = await handle.describe();
    await until(
      'the first upgrade',
      ({ state, clusters }) => state === 'running' && clusters[0]?.phase === 'upgrading',
    );
    expect(['a', 'b', 'c'].map((name) => modesOf(scene, name)[0])).toEqual(['survey', 'survey', 'survey']);
    expect(modesOf(scene, 'b')).toEqual(['survey']);
    await cluster('a').end(DONE);
    const soaked = await until('the next stage', ({ stage }) => stage === 'production');
    expect(soaked.waitsFor).toEqual(['the approval of stage production']);
    expect(soaked.clusters[0]).toMatchObject({ phase: 'soaked', soak: { state: 'proven', resets: 0 } });
    // Production's blocker is known since day 0.
    expect(soaked.clusters[1]?.survey).toEqual({ kind: 'blocked', detail: 'budgets: default/web' });
    await waitUntil(async () => (await handle.describe()).runId !== runId, {
      what: 'a run of the next stage',
      ...UNTIL,
    });
    await handle.executeUpdate(approveStage, { args: [{ stage: 'production', decision: 'approve', ...WHO }] });
    await cluster('b').end(DONE);
    await cluster('c').end({ outcome: 'already-done', detail: '' });
    expect(await scene.result()).toMatchObject({
      outcome: 'done',
      clusters: [{ outcome: 'done' }, { outcome: 'done' }, { outcome: 'already-done' }],
      decisions: [{ what: 'approve of stage production', ...WHO }],
    });
    expect(scene.told.map(({ event }) => event)).toEqual([
      'FleetRuns',
      'FleetSoaks',
      'FleetWaitsForApproval',
      'FleetRuns',
      'FleetEnded',
    ]);
    expect(scene.told[2]?.message).toMatch(
      /^run run-\w+ to v1\.37\.2: waiting-for-approval, stage production; the approval of stage production$/,
    );
    const soak = world.env.client.workflow.getHandle(soakClusterWorkflowId(cluster('a').name));
    expect(await soak.result()).toMatchObject({ resets: 0 });
    for (const id of [runId, (await handle.describe()).runId]) {
      const history = await world.env.client.workflow.getHandle(handle.workflowId, id).fetchHistory();
      await Worker.runReplayHistory({ workflowBundle: world.bundle }, history, handle.workflowId);
    }
  });
});

test('M42: a failure halts the run; the cluster is tried again in the same run, and another one left out', async () => {
  await withFleet(world, { stages: [stageOf('one', ['a', 'b']), stageOf('two', ['c'])] }, async (scene) => {
    const { cluster, handle, until } = scene;
    const name = (short: string) => cluster(short).name;
    await cluster('a').end({ outcome: 'partial', detail: 'n-3 is held' });
    const halted = await until('the halt', ({ state }) => state === 'halted');
    expect(halted.waitsFor).toEqual([
      '1 clusters of stage one failed, allowed are 0',
      `${name('a')} failed: partial: n-3 is held`,
    ]);
    expect(modesOf(scene, 'b')).toEqual(['survey']);
    await expect(handle.executeUpdate(retryCluster, { args: [{ cluster: name('b'), ...WHO }] })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('only what failed or was skipped') },
    });
    await handle.executeUpdate(retryCluster, { args: [{ cluster: name('a'), ...WHO }] });
    await cluster('a').end(DONE);
    await handle.executeUpdate(skipCluster, { args: [{ cluster: name('c'), ...WHO }] });
    await cluster('b').end(DONE);
    expect(await scene.result()).toMatchObject({
      outcome: 'partial',
      clusters: [{ outcome: 'done' }, { outcome: 'done' }, { outcome: 'skipped', detail: 'skipped by anna: CHG-1' }],
    });
    expect(modesOf(scene, 'a')).toEqual(['survey', 'upgrade', 'upgrade']);
    expect(modesOf(scene, 'c')).toEqual(['survey']);
  });
});

test('M42: a cluster that somebody else upgrades counts as failed, and is named', async () => {
  await withFleet(
    world,
    { stages: [stageOf('one', ['a'])] },
    async ({ until }) => {
      const { waitsFor } = await until('the halt', ({ state }) => state === 'halted');
      expect(waitsFor[1]).toMatch(/ failed: blocked: another one of it runs already$/);
    },
    async ({ cluster }) => {
      await cluster('a').join();
      await world.env.client.workflow.start(UPGRADE_CLUSTER_WORKFLOW, {
        workflowId: upgradeClusterWorkflowId(cluster('a').name),
        taskQueue: 'nobody',
        args: [],
      });
    },
  );
});

test('M38: a pause holds up what has not begun, and an abort ends what runs at its border', async () => {
  await withFleet(world, { stages: [stageOf('one', ['a', 'b', 'c'])] }, async (scene) => {
    const { cluster, handle, until, result } = scene;
    await until('the first upgrade', (status) => phaseOf(status, cluster('a').name) === 'upgrading');
    await handle.signal(pauseFleet, { ...WHO, untilMs: Date.now() + HOUR_MS });
    await cluster('a').end(DONE);
    const paused = await until(
      'the pause',
      ({ state, clusters }) => state === 'paused' && clusters[0]?.phase === 'upgraded',
    );
    expect(paused.waitsFor[0]).toMatch(/^paused by anna until .*: CHG-1$/);
    await handle.signal(resumeFleet, WHO);
    await until('the second upgrade', (status) => phaseOf(status, cluster('b').name) === 'upgrading');
    await handle.executeUpdate(abortFleet, { args: [WHO] });
    expect(await result()).toMatchObject({
      outcome: 'aborted',
      detail: 'aborted by anna: CHG-1',
      clusters: [
        { outcome: 'done' },
        { outcome: 'failed', detail: 'aborted: it was cancelled' },
        { outcome: 'not-begun' },
      ],
      decisions: [{ what: 'pause' }, { what: 'resume' }, { what: 'abort' }],
    });
  });
});

test('M38: a cancellation in Temporal is an abort', async () => {
  await withFleet(world, { stages: [stageOf('one', ['a'])] }, async ({ cluster, handle, until, result }) => {
    await until('the upgrade', (status) => phaseOf(status, cluster('a').name) === 'upgrading');
    await handle.cancel();
    expect(await result()).toMatchObject({ outcome: 'aborted', clusters: [{ outcome: 'failed' }] });
  });
});

test('M40: an alert in one cluster holds the stage; a soak that somebody left behind is ended first', async () => {
  const stages = [stageOf('one', ['a', 'b'], { parallelMax: 2, soak: SOAK }), stageOf('two', ['c'])];
  await withFleet(
    world,
    { stages },
    async (scene) => {
      const { cluster, until } = scene;
      cluster('b').alerts = 'alerting';
      await cluster('a').end(DONE);
      await cluster('b').end(DONE);
      const held = await until('one that is proven and one that alerts', ({ clusters }) => {
        return clusters[0]?.soak?.state === 'proven' && clusters[1]?.soak?.resets === 1;
      });
      expect(held).toMatchObject({ state: 'soaking', stage: 'one' });
      expect(modesOf(scene, 'c')).toEqual(['survey']);
      cluster('b').alerts = 'quiet';
      await cluster('c').end(DONE);
      expect(await scene.result()).toMatchObject({ outcome: 'done' });
    },
    async ({ cluster }) => {
      for (const name of ['a', 'b', 'c']) await cluster(name).join();
      const { name } = cluster('a');
      await world.env.client.workflow.start(SOAK_CLUSTER_WORKFLOW, {
        workflowId: soakClusterWorkflowId(name),
        taskQueue: `vigilante/${name}/maintenance`,
        args: [{ cluster: name, run: 'earlier', stage: 'one', ...SOAK, fleet: 'upgrade-fleet/earlier' }],
      });
    },
  );
});

test('M41: a cluster without a maintainer is named and halts the run, until one takes work', async () => {
  await withFleet(
    world,
    { stages: [stageOf('one', ['a', 'b'])] },
    async (scene) => {
      const { cluster, until } = scene;
      const halted = await until('the halt', ({ state }) => state === 'halted');
      expect(halted.waitsFor).toContain(`${cluster('b').name}: its maintainer has taken no work for five minutes`);
      expect(modesOf(scene, 'a')).toEqual(['survey']);
      await cluster('b').join();
      await cluster('a').end(DONE);
      await cluster('b').end(DONE);
      expect(await scene.result()).toMatchObject({ outcome: 'done' });
    },
    ({ cluster }) => cluster('a').join(),
  );
});

test('M41: where the run says so, such a cluster is left out, and the others go on', async () => {
  await withFleet(
    world,
    { stages: [stageOf('one', ['a', 'b'])], onUnreachable: 'skip' },
    async ({ cluster, result }) => {
      await cluster('b').end(DONE);
      expect(await result()).toMatchObject({
        outcome: 'partial',
        clusters: [{ outcome: 'unreachable' }, { outcome: 'done' }],
      });
    },
    ({ cluster }) => cluster('b').join(),
  );
});

/** What Temporal's visibility lists of a run, each with its cluster. */
async function listed(query: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const { type, typedSearchAttributes } of world.env.client.workflow.list({ query })) {
    found.add(`${type} ${typedSearchAttributes.get(VIGILANTE_CLUSTER) ?? ''}`.trim());
  }
  return [...found].sort();
}

test('all that a run begins is listed by the name of the run, and each by its cluster', async () => {
  const stages = [stageOf('sandbox', ['a'], { soak: SOAK }), stageOf('production', ['b'])];
  await withFleet(world, { stages }, async ({ cluster, handle, result }) => {
    await cluster('a').end(DONE);
    await cluster('b').end(DONE);
    expect(await result()).toMatchObject({ outcome: 'done' });
    const run = handle.workflowId.split('/').at(-1);
    const [a, b] = [cluster('a').name, cluster('b').name];
    const all = ['upgradeFleet', `upgradeCluster ${a}`, `upgradeCluster ${b}`, `soakCluster ${a}`].sort();
    const isListed = async () => (await listed(`VigilanteRun = "${run}"`)).join() === all.join();
    await waitUntil(isListed, { what: `${all.join()} of ${run}`, ...UNTIL });
    expect(await listed(`VigilanteRun = "${run}" AND VigilanteCluster = "${b}"`)).toEqual([`upgradeCluster ${b}`]);
  });
});

test('where Temporal does not take the search attributes a run goes on without them', async () => {
  const attributes = MAINTENANCE_SEARCH_ATTRIBUTES;
  const { connection, namespace } = { connection: world.env.nativeConnection, namespace: 'default' };
  await connection.operatorService.removeSearchAttributes({ namespace, searchAttributes: [VIGILANTE_RUN.name] });
  const isGone = async () => {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return customAttributes[VIGILANTE_RUN.name] === undefined;
  };
  await waitUntil(isGone, { what: 'the attribute to be gone', ...UNTIL });
  world.areAttributesWritable = false;
  try {
    const stages = [stageOf('sandbox', ['a'], { soak: SOAK })];
    await withFleet(world, { stages }, async ({ cluster, handle, result }) => {
      const { runId } = await handle.describe();
      await cluster('a').end(DONE);
      expect(await result()).toMatchObject({ outcome: 'done' });
      const history = await world.env.client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
      await Worker.runReplayHistory({ workflowBundle: world.bundle }, history, handle.workflowId);
    });
  } finally {
    world.areAttributesWritable = true;
    await ensureSearchAttributes({ connection, namespace, attributes }, silentLog);
  }
});

test('a start with another id than its run has is refused', async () => {
  const handle = await world.env.client.workflow.start('upgradeFleet', {
    workflowId: 'upgrade-fleet/other',
    taskQueue: 'vigilante/fleet',
    args: [{ run: 'x' }],
  });
  await withFleet(world, { stages: [stageOf('one', ['a'])] }, async () => {
    await expect(handle.result()).rejects.toMatchObject({
      cause: { message: expect.stringContaining('input.versions') },
    });
  });
});
