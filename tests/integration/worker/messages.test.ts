/** What anybody with access to Temporal may send to a workflow, or start it with, on a real server. */

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Client, WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { DefaultLogger } from '@temporalio/worker';
import { loadConfig } from '../../../config/load.ts';
import { connectivityStatus } from '../../../contracts/connectivity/signals-and-queries.ts';
import { healingStatus } from '../../../contracts/healing/signals-and-queries.ts';
import { taskQueue } from '../../../contracts/names.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { temporalClient } from '../../../temporal/client.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { createWorkers } from '../../../worker/workers.ts';
import { CLUSTER, HEAL_POLICY, healSubject, type Subject, watchSubject } from '../../messages/message-world.ts';
import { jsonPayload, type RawClient, type RawMessage, rawClient, textPayload } from '../../messages/raw-client.ts';
import { runMessages } from '../../messages/run.ts';
import { createWorld, of, type World } from '../heal-node/world.ts';
import { useTemporalServer } from '../runtime/use-temporal-server.ts';
import { createConnectivityWorld } from '../watch-connectivity/world.ts';

jest.setTimeout(600_000);
const WAIT = { timeoutMs: 120_000 };
const { EventType } = proto.temporal.api.enums.v1;
/** Just below what the server takes. */
const LARGEST = 1_900_000;

let running: Promise<void> | undefined;
const stopping = new AbortController();
// Before the server ends, which the next line registers.
afterAll(async () => {
  stopping.abort();
  await running;
});
const temporal = useTemporalServer({ searchAttributes: true });
let client: Client;
let raw: RawClient;
let world: World;
/** A node whose first activity waits until it is released. */
const BY_HAND = 'by-hand';
const byHand = Promise.withResolvers<void>();

beforeAll(async () => {
  client = temporalClient(temporal.connection, temporal.server.profile.namespace);
  raw = rawClient(client);
  world = createWorld(async () => Date.now());
  const workers = await createWorkers({
    config: loadConfig({ env: { VIGILANTE_CLUSTER: CLUSTER } }),
    connection: temporal.connection,
    namespace: temporal.server.profile.namespace,
    activities: {
      ...world.activities,
      ...createConnectivityWorld(async () => Date.now()).activities,
      async beginHealing(input) {
        if (input.node === BY_HAND) await byHand.promise;
        return world.activities.beginHealing(input);
      },
    },
    workflowBundle: await bundleWorkflows(new DefaultLogger('ERROR')),
  });
  running = workers.run(stopping.signal);
});

async function begun(subject: Subject): Promise<WorkflowHandle> {
  const { type, workflowId, input } = subject;
  await raw.start({ type, workflowId, taskQueue: taskQueue(CLUSTER), payloads: [jsonPayload(input)] });
  const handle = client.workflow.getHandle(workflowId);
  await untilEvent(handle, EventType.EVENT_TYPE_TIMER_STARTED);
  return handle;
}

type EventTypeValue = proto.temporal.api.history.v1.IHistoryEvent['eventType'];

async function eventTypes(handle: WorkflowHandle): Promise<EventTypeValue[]> {
  return ((await handle.fetchHistory()).events ?? []).map(({ eventType }) => eventType);
}

async function untilEvent(handle: WorkflowHandle, type: EventTypeValue): Promise<void> {
  await waitUntil(async () => (await eventTypes(handle)).includes(type), {
    what: `event ${type} of ${handle.workflowId}`,
    ...WAIT,
  });
}

/** Cancels the workflow, and expects that nothing was in the way of it. */
async function expectUnharmed(handle: WorkflowHandle): Promise<void> {
  await handle.cancel();
  await untilEvent(handle, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED);
  expect(await eventTypes(handle)).not.toContain(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED);
}

const signal = (name: string, ...payloads: RawMessage['payloads']): RawMessage => ({
  kind: 'signal',
  name,
  payloads,
  headers: {},
});

async function failureOf(started: { subject: Subject; workflowId?: string; input: unknown }): Promise<string> {
  const { subject, workflowId = subject.workflowId, input } = started;
  const payloads = [jsonPayload(input)];
  await raw.start({ type: subject.type, workflowId, taskQueue: taskQueue(CLUSTER), payloads });
  const handle = client.workflow.getHandle(workflowId);
  // One that is not refused runs on.
  const ended = await client
    .withDeadline(Date.now() + WAIT.timeoutMs, () => handle.result())
    .then(
      () => 'no failure',
      (error: unknown) =>
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error),
    );
  expect(await eventTypes(handle)).not.toContain(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED);
  return ended;
}

test('restartHealing with the encoding json/protobuf restarts the heal', async () => {
  const handle = await begun(healSubject('protobuf'));
  const begins = of(world.events, 'begin').length;
  await raw.send(handle.workflowId, signal('restartHealing', textPayload('json/protobuf', '{"reason":"by hand"}')));
  await waitUntil(async () => of(world.events, 'begin').length > begins, { what: 'the restart', ...WAIT });
  await expectUnharmed(handle);
});

test('a reason of two megabytes is cut, and the heal goes on', async () => {
  const handle = await begun(healSubject('reason'));
  const begins = of(world.events, 'begin').length;
  await raw.send(handle.workflowId, signal('restartHealing', jsonPayload({ reason: 'r'.repeat(LARGEST) })));
  await waitUntil(async () => of(world.events, 'begin').length > begins, { what: 'the restart', ...WAIT });
  const { events } = await handle.fetchHistory();
  const scheduled = (events ?? []).flatMap(
    ({ activityTaskScheduledEventAttributes: one }) => one?.input?.payloads ?? [],
  );
  for (const { data } of scheduled) expect(data?.length ?? 0).toBeLessThan(2_000);
  await expectUnharmed(handle);
});

test.each([
  ['an unknown encoding', [textPayload('binary/encrypted', 'x')]],
  ['no encoding', [textPayload(null, '{}')]],
  ['data that is no JSON', [textPayload('json/plain', '{"reason":')]],
  ['half a million levels', [textPayload('json/plain', '['.repeat(500_000) + ']'.repeat(500_000))]],
])('a signal with %s is ignored by each workflow', async (_what, payloads) => {
  const heal = await begun(healSubject('unreadable'));
  const watch = await begun(watchSubject());
  const begins = of(world.events, 'begin').length;
  for (const name of ['restartHealing', 'nodeChanged']) await raw.send(heal.workflowId, signal(name, ...payloads));
  for (const name of ['pauseWatching', 'resumeWatching', 'changePolicy'])
    await raw.send(watch.workflowId, signal(name, ...payloads));
  expect(await heal.query(healingStatus)).toMatchObject({ state: 'healing', attempts: 1 });
  expect(await watch.query(connectivityStatus)).toMatchObject({ evaluations: 1 });
  expect(of(world.events, 'begin')).toHaveLength(begins);
  await expectUnharmed(heal);
  await expectUnharmed(watch);
});

test('a signal with fifty thousand arguments is taken as one with the first of them', async () => {
  const handle = await begun(healSubject('many'));
  const begins = of(world.events, 'begin').length;
  const payloads = Array.from({ length: 50_000 }, () => textPayload('binary/null', ''));
  await raw.send(handle.workflowId, signal('restartHealing', ...payloads));
  await waitUntil(async () => of(world.events, 'begin').length > begins, { what: 'the restart', ...WAIT });
  await expectUnharmed(handle);
});

test.each(['unknown', '__temporal_signal', '__stack_trace', '__enhanced_stack_trace', 'x'.repeat(1_000)])(
  'a signal of the name %s is dropped',
  async (name) => {
    for (const subject of [healSubject('names'), watchSubject()]) {
      const handle = await begun(subject);
      expect(await raw.send(handle.workflowId, signal(name, jsonPayload(1)))).toBeNull();
      expect(await handle.query(subject.query)).toBeDefined();
      await expectUnharmed(handle);
    }
  },
);

test('queries and updates with what they do not take are answered, and add nothing to the history', async () => {
  for (const subject of [healSubject('asked'), watchSubject()]) {
    const handle = await begun(subject);
    const before = await eventTypes(handle);
    const rubbish = [textPayload('binary/protobuf', 'x')];
    for (const name of [subject.query, '__temporal_workflow_metadata']) {
      expect(await raw.send(handle.workflowId, { kind: 'query', name, payloads: rubbish, headers: {} })).toBeNull();
    }
    for (const name of ['unknown', '__temporal_update', '__stack_trace', 'evaluateNow']) {
      const answer = await raw.send(handle.workflowId, { kind: 'update', name, payloads: rubbish, headers: {} });
      expect(answer).toMatch(/No registered handler|takes no input/);
    }
    const query = { kind: 'query' as const, name: 'unknown', payloads: rubbish, headers: {} };
    expect(await raw.send(handle.workflowId, query)).not.toBeNull();
    expect(await eventTypes(handle)).toEqual(before);
    await expectUnharmed(handle);
  }
});

const heal = healSubject('input');
const changed = (policy: object, others: object = {}) => ({
  cluster: CLUSTER,
  node: 'input',
  policy: {
    ...HEAL_POLICY,
    ...policy,
  },
  ...others,
});

test.each([
  [{ windowMs: 2 ** 53 - 1 }, 'input.policy.windowMs: expected a whole number from 1000 to 86400000'],
  [{ intervalMs: 2 ** 53 - 1 }, 'input.policy.intervalMs: expected a whole number from 100 to 86400000'],
  [{ retryAfterMs: 2 ** 53 - 1 }, 'input.policy.retryAfterMs: expected a whole number from 1000 to 2592000000'],
  [{ 'lone \ud800': 1 }, 'input.policy.lone \ufffd: unknown key, allowed are windowMs'],
])('input with %j is refused with the key and what is allowed', async (policy, message) => {
  expect(await failureOf({ subject: heal, input: changed(policy) })).toContain(message);
});

test('input with megabytes of keys is refused with a short message', async () => {
  const keys = Object.fromEntries(Array.from({ length: 40_000 }, (_, index) => [`key ${index} ${'k'.repeat(25)}`, 1]));
  expect((await failureOf({ subject: heal, input: changed(keys) })).length).toBeLessThan(4_000);
});

test('a heal and a watch under another id than that of their input are refused', async () => {
  const expected = 'expected heal-node/messages/input for this input, got heal-node/messages/input-2';
  expect(await failureOf({ subject: heal, workflowId: `${heal.workflowId}-2`, input: changed({}) })).toContain(
    expected,
  );
  const watch = watchSubject();
  const workflowId = 'watch-connectivity/messages-2';
  expect(await failureOf({ subject: watch, workflowId, input: watch.input })).toContain(
    'expected watch-connectivity/messages for this input, got watch-connectivity/messages-2',
  );
  const elsewhere = changed({}, { cluster: 'elsewhere' });
  expect(await failureOf({ subject: heal, workflowId: 'heal-node/elsewhere/input', input: elsewhere })).toContain(
    'task queue: expected vigilante/elsewhere for this input, got vigilante/messages',
  );
});

test('an activity that somebody completes by hand with rubbish ends the heal, and does not hang it', async () => {
  const { type, workflowId } = healSubject(BY_HAND);
  const payloads = [jsonPayload({ ...changed({}), node: BY_HAND })];
  await raw.start({ type, workflowId, taskQueue: taskQueue(CLUSTER), payloads });
  const handle = client.workflow.getHandle(workflowId);
  const pending = async () => (await handle.describe()).raw.pendingActivities?.[0]?.activityId ?? null;
  const activityId = await waitUntil(pending, { what: 'an activity', ...WAIT });
  await client.activity.complete({ workflowId, activityId }, { node: 5 });
  byHand.resolve();
  await expect(handle.result()).rejects.toMatchObject({
    cause: { type: 'InvalidResult', message: expect.stringMatching(/^beginHealing returned result\.node: expected/) },
  });
  expect(await eventTypes(handle)).not.toContain(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED);
});

test('no sequence of arbitrary messages, and no input, fails a task of either workflow', async () => {
  const { sequences, inputs, refused } = await runMessages(client, { runs: 12, seed: 1 });
  expect({ sequences, starts: inputs + refused }).toEqual({ sequences: 24, starts: 24 });
  expect(inputs).toBeGreaterThan(0);
});
