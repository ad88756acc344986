/** A worker takes over heals of which it is asked before it gets their workflow tasks. */

import { beforeAll, expect, test } from '@jest/globals';
import { Client, type WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { DefaultLogger, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

import { loadConfig } from '../../../config/load.ts';
import type { HealingStatus } from '../../../contracts/healing/heal-node.ts';
import { healingStatus, restartHealing } from '../../../contracts/healing/signals-and-queries.ts';
import { OPEN_TASK_MESSAGE, taskQueue } from '../../../contracts/names.ts';
import { messageOf } from '../../../domain/error-message.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { askWorkflow } from '../../../temporal/ask-workflow.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { REAL_POLICY } from '../heal-node/harness.ts';
import { useTemporalServer } from '../runtime/use-temporal-server.ts';
import { withWorkers } from './running-workers.ts';
import { startHeal } from './started-heal.ts';

const { EventType } = proto.temporal.api.enums.v1;
type EventTypeValue = proto.temporal.api.history.v1.IHistoryEvent['eventType'];
/** The server hands a worker query or task first as it happens: with so many heals both come about. */
const HEALS = 24;
const POLICY = { ...REAL_POLICY, windowMs: 60_000, intervalMs: 6_000, searchAttributes: false };
/** Longer than the worker is away, shorter than Temporal waits for one. */
const QUERY_TIMEOUT_MS = 30_000;
const WAIT_MS = 120_000;

/** On a slow machine a timer fires before its queries are there, and by default the server refuses the second of them itself. */
const SEVERAL_QUERIES_WAIT = ['--dynamic-config-value', 'history.MaxBufferedQueryCount=10'];

const temporal = useTemporalServer({ searchAttributes: false, extraArgs: SEVERAL_QUERIES_WAIT });
let client: Client;
let workflowBundle: WorkflowBundleWithSourceMap;
beforeAll(async () => {
  workflowBundle = await bundleWorkflows(new DefaultLogger('ERROR'));
  client = new Client({ connection: temporal.connection });
});

test('H15: a query that overtakes its workflow task changes nothing that the heal decides', async () => {
  const handles = await waitingHeals('overtaken');

  // Nobody works. The queries wait in the server before the timers fire, and so before their tasks are there.
  // Two, for the SDK drops a task that waits behind both, and the next one comes when it has timed out.
  const queries = [...handles, ...handles].map((handle) => answerOf(() => handle.query(healingStatus)));
  await untilTasksAreDue(handles);

  await withWorker('overtaken', async () => {
    const answers = await Promise.all(queries);
    const refused = answers.filter((answer) => typeof answer === 'string');
    // Else no query came before its task, and this test would show nothing.
    expect(refused.length).toBeGreaterThan(0);
    for (const message of refused) expect(message).toContain(OPEN_TASK_MESSAGE);
    // What our own processes ask is answered all the same.
    for (const handle of handles) {
      expect(await askWorkflow(() => handle.query(healingStatus))).toMatchObject({ state: 'healing' });
    }
    await untilAttempts(handles, 3);
  });

  expect(await nonDeterminism(handles)).toEqual([]);
  for (const handle of handles)
    expect(await eventTypes(handle)).not.toContain(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED);
});

test('H15: a query while a lost worker holds the workflow task changes nothing that the heal decides', async () => {
  const handles = await waitingHeals('lost');
  const queries = handles.map((handle) => answerOf(() => handle.query(healingStatus)));
  await untilTasksAreDue(handles);

  // This worker takes what comes first, queries and tasks, and is never heard of again.
  await Promise.all(handles.map(() => pollOnce('lost')));
  const lasts = await Promise.all(handles.map(async (handle) => (await eventTypes(handle)).at(-1)));
  const begun = handles.filter((_, index) => lasts[index] === EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED);

  const refused = await withWorker('lost', async () => {
    const answers = await Promise.all(queries);
    // Comes before the task that was begun is due again: a worker that had gone on would now be wrong.
    await Promise.all(begun.map((handle) => handle.signal(restartHealing, { reason: 'a test' })));
    await untilAttempts(handles, 3);
    return handles.filter((handle, index) => begun.includes(handle) && isRefusal(answers[index]));
  });
  expect(await nonDeterminism(handles)).toEqual([]);
  expect(refused.length).toBeGreaterThan(0);
});

test('H15: a heal that was terminated with a task due still answers queries', async () => {
  const handles = await waitingHeals('terminated');
  await untilTasksAreDue(handles);
  await Promise.all(handles.map((handle) => handle.terminate('a test')));
  await withWorker('terminated', async () => {
    for (const handle of handles) {
      expect(await handle.query(healingStatus)).toMatchObject({ state: 'healing' });
    }
  });
});

/** Heals of a cluster of their own that wait for a timer when their worker has ended. On a busy machine some have gone on by then, and are left out. */
async function waitingHeals(cluster: string): Promise<WorkflowHandle[]> {
  const nodes = Array.from({ length: HEALS }, (_, index) => `akswin${index}`);
  const started = await withWorker(cluster, async () => {
    const handles = nodes.map((node) => startHeal(client, { cluster, node, policy: POLICY }));
    return untilEach(await Promise.all(handles), 'has begun', (types) =>
      types.includes(EventType.EVENT_TYPE_TIMER_STARTED),
    );
  });
  const types = await Promise.all(started.map(eventTypes));
  const waiting = started.filter((_, index) => types[index]?.at(-1) === EventType.EVENT_TYPE_TIMER_STARTED);
  expect(waiting.length).toBeGreaterThan(0);
  return waiting;
}

async function untilTasksAreDue(handles: readonly WorkflowHandle[]): Promise<void> {
  const isDue = (types: readonly EventTypeValue[]) => types.at(-1) === EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED;
  await untilEach(handles, 'has a workflow task due', isDue);
}

async function untilEach<T extends readonly WorkflowHandle[]>(
  handles: T,
  what: string,
  isMet: (types: readonly EventTypeValue[]) => boolean,
): Promise<T> {
  const isMetBy = async (handle: WorkflowHandle) => isMet(await eventTypes(handle));
  await waitUntil(async () => (await Promise.all(handles.map(isMetBy))).every((met) => met), {
    what: `until each heal ${what}`,
    timeoutMs: WAIT_MS,
  });
  return handles;
}

async function untilAttempts(handles: readonly WorkflowHandle[], count: number): Promise<void> {
  const attempts = (types: readonly EventTypeValue[]) =>
    types.filter((type) => type === EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED);
  await untilEach(handles, `has made ${count} attempts`, (types) => attempts(types).length >= count);
}

async function pollOnce(cluster: string): Promise<void> {
  await client.workflowService.pollWorkflowTaskQueue({
    namespace: temporal.server.profile.namespace,
    taskQueue: { name: taskQueue(cluster) },
    identity: 'lost',
  });
}

function withWorker<T>(cluster: string, body: () => Promise<T>): Promise<T> {
  const config = loadConfig({ env: { VIGILANTE_CLUSTER: cluster } });
  return withWorkers(
    { config, connection: temporal.connection, namespace: temporal.server.profile.namespace, workflowBundle },
    body,
  );
}

/** The status, or why there is none. */
async function answerOf(query: () => Promise<HealingStatus>): Promise<HealingStatus | string> {
  try {
    return await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, query);
  } catch (error) {
    return messageOf(error);
  }
}

function isRefusal(answer: HealingStatus | string | undefined): boolean {
  return typeof answer === 'string' && answer.includes(OPEN_TASK_MESSAGE);
}

async function eventTypes(handle: WorkflowHandle): Promise<EventTypeValue[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).map(({ eventType }) => eventType);
}

/** What is wrong with a history, replayed from the start. */
async function nonDeterminism(handles: readonly WorkflowHandle[]): Promise<string[]> {
  const histories = await Promise.all(
    handles.map(async (handle) => ({ workflowId: handle.workflowId, history: await handle.fetchHistory() })),
  );
  const problems: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    if (error !== undefined) problems.push(`${workflowId}: ${error.message}`);
  }
  return problems;
}
