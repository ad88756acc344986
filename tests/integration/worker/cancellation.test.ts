/** A cancellation in the moment when an activity ends, and while nothing is under way. */

import { expect, test } from '@jest/globals';
import { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { DefaultLogger, Worker } from '@temporalio/worker';
import { podTaskQueue } from '../../../contracts/healing/names.ts';
import { taskQueue } from '../../../contracts/names.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { REAL_POLICY } from '../heal-node/harness.ts';
import { createWorld, of } from '../heal-node/world.ts';
import { useTemporalServer } from '../runtime/use-temporal-server.ts';
import { startHeal } from './started-heal.ts';

const { EventType } = proto.temporal.api.enums.v1;
const CLUSTER = 'cancelled';
const WAIT_MS = 120_000;

const temporal = useTemporalServer({ searchAttributes: false });

test('H14: a cancellation that comes together with the end of an attempt is not lost', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
  const world = createWorld(async () => Date.now());
  const { attemptPod } = world.activities;
  const activities = {
    ...world.activities,
    attemptPod: async (input: Parameters<typeof attemptPod>[0]) => {
      await released;
      return attemptPod(input);
    },
  };
  const workflowBundle = await bundleWorkflows(new DefaultLogger('ERROR'));
  const workflowsWorker = () =>
    Worker.create({ connection: temporal.connection, activities, taskQueue: taskQueue(CLUSTER), workflowBundle });
  const pods = await Worker.create({ connection: temporal.connection, activities, taskQueue: podTaskQueue(CLUSTER) });

  await pods.runUntil(async () => {
    const policy = { ...REAL_POLICY, intervalMs: 500, searchAttributes: false };
    const handle = await startHeal(new Client({ connection: temporal.connection }), {
      cluster: CLUSTER,
      node: 'akswin0',
      policy,
    });
    const has = async (name: keyof typeof EventType, count: number) => {
      const { events } = await handle.fetchHistory();
      return (events ?? []).filter(({ eventType }) => eventType === EventType[name]).length >= count;
    };
    const until = (name: keyof typeof EventType, count: number) =>
      waitUntil(() => has(name, count), { what: `${name}, ${count}`, timeoutMs: WAIT_MS });

    const first = await workflowsWorker();
    await first.runUntil(until('EVENT_TYPE_ACTIVITY_TASK_SCHEDULED', 2));
    await handle.cancel();
    release(undefined);
    await until('EVENT_TYPE_ACTIVITY_TASK_COMPLETED', 2);
    const second = await workflowsWorker();
    const isCancelled = async () => (await handle.describe()).status.name === 'CANCELLED';
    await second.runUntil(waitUntil(isCancelled, { what: 'the heal to be cancelled', timeoutMs: WAIT_MS }));
  });

  expect(of(world.events, 'clean-up')).toHaveLength(1);
  expect(of(world.events, 'attempt').map(({ attempt }) => attempt)).toEqual([1, 2]);
});

test('H14: a cancellation does not wait for the next attempt', async () => {
  const { activities } = createWorld(async () => Date.now());
  const workflowBundle = await bundleWorkflows(new DefaultLogger('ERROR'));
  const worker = await Worker.create({
    connection: temporal.connection,
    activities,
    taskQueue: taskQueue(CLUSTER),
    workflowBundle,
  });
  const pods = await Worker.create({ connection: temporal.connection, activities, taskQueue: podTaskQueue(CLUSTER) });
  const policy = { ...REAL_POLICY, searchAttributes: false };
  const handle = await startHeal(new Client({ connection: temporal.connection }), {
    cluster: CLUSTER,
    node: 'akswin1',
    policy,
  });
  const eventTypes = async () => ((await handle.fetchHistory()).events ?? []).map(({ eventType }) => eventType);
  const isWaiting = async () => (await eventTypes()).includes(EventType.EVENT_TYPE_TIMER_STARTED);
  const isCancelled = async () => (await handle.describe()).status.name === 'CANCELLED';

  await pods.runUntil(() =>
    worker.runUntil(async () => {
      await waitUntil(isWaiting, { what: 'the timer of the next attempt', timeoutMs: WAIT_MS });
      await handle.cancel();
      await waitUntil(isCancelled, { what: 'the heal to be cancelled', timeoutMs: WAIT_MS });
    }),
  );

  const types = await eventTypes();
  expect(types).toContain(EventType.EVENT_TYPE_TIMER_CANCELED);
  expect(types).not.toContain(EventType.EVENT_TYPE_TIMER_FIRED);
});
