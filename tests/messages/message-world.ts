/** A heal and a watch on the workers of the product and a real Temporal server, for arbitrary messages. */

import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import { WATCH_CONNECTIVITY_WORKFLOW } from '../../contracts/connectivity/watch-connectivity.ts';
import { HEAL_NODE_WORKFLOW } from '../../contracts/healing/names.ts';
import { taskQueue } from '../../contracts/names.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { askWorkflow } from '../../temporal/ask-workflow.ts';
import { REAL_POLICY } from '../integration/heal-node/harness.ts';
import { WATCH_POLICY } from '../integration/watch-connectivity/harness.ts';
import { bytesOf, type Start } from './arbitraries.ts';
import { jsonPayload, type RawClient, type RawMessage } from './raw-client.ts';

export const CLUSTER = 'messages';
const HOUR_MS = 3_600_000;
/** Neither attempts nor evaluations come in between. */
export const HEAL_POLICY = { ...REAL_POLICY, windowMs: 20 * HOUR_MS, intervalMs: HOUR_MS };
export const WATCH_INPUT = { cluster: CLUSTER, policy: { ...WATCH_POLICY, intervalMs: HOUR_MS } };

const WAIT_MS = 120_000;
/** A workflow by itself, from its start to its cancellation. */
const EVENTS_OF_A_RUN = 60;
/** The longest that a message brings about: `restartHealing` with its activity and its timers. */
const EVENTS_PER_MESSAGE = 24;
const BYTES_PER_EVENT = 1_500;
const { EventType, WorkflowExecutionStatus: Status, WorkflowTaskFailedCause: Cause } = proto.temporal.api.enums.v1;

export interface Subject {
  readonly type: string;
  readonly workflowId: string;
  readonly query: string;
  readonly input: object;
}

export function healSubject(node: string): Subject {
  return {
    type: HEAL_NODE_WORKFLOW,
    workflowId: `heal-node/${CLUSTER}/${node}`,
    query: 'healingStatus',
    input: { cluster: CLUSTER, node, policy: HEAL_POLICY },
  };
}

export function watchSubject(): Subject {
  return {
    type: WATCH_CONNECTIVITY_WORKFLOW,
    workflowId: `watch-connectivity/${CLUSTER}`,
    query: 'connectivityStatus',
    input: WATCH_INPUT,
  };
}

/** Starts the workflow, sends the messages, and says what is wrong with it afterwards; empty where nothing is. */
export async function problemsAfter(
  { client, raw }: { readonly client: Client; readonly raw: RawClient },
  subject: Subject,
  sent: readonly RawMessage[],
): Promise<string[]> {
  const { type, workflowId } = subject;
  await raw.start({ type, workflowId, taskQueue: taskQueue(CLUSTER), payloads: [jsonPayload(subject.input)] });
  const handle = client.workflow.getHandle(workflowId);
  for (const message of sent) await raw.send(workflowId, message);
  const problems: string[] = [];
  try {
    await askWorkflow(() => handle.query(subject.query));
  } catch (error) {
    problems.push(`its query fails: ${String(error)}`);
  }
  if ((await statusOf(handle)) === 'RUNNING') await handle.cancel();
  await untilClosed(handle);
  const status = await statusOf(handle);
  if (status !== 'CANCELED') problems.push(`it ended as ${status}`);
  return [
    ...problems,
    ...(await historyProblems(
      handle,
      sent.flatMap(({ payloads, headers }) => [...payloads, ...Object.values(headers)]),
      sent.length,
    )),
  ];
}

/** Starts the workflow so, and says what is wrong with how it ends; null where the server refuses the start. */
export async function problemsOfInput(
  { client, raw }: { readonly client: Client; readonly raw: RawClient },
  { type, workflowId }: Subject,
  start: Start,
): Promise<string[] | null> {
  try {
    await raw.start({ type, workflowId, taskQueue: taskQueue(CLUSTER), ...start });
  } catch {
    return null;
  }
  const handle = client.workflow.getHandle(workflowId);
  await waitUntil(async () => (await handle.fetchHistory()).events?.some(hasBegunOrEnded) === true, {
    what: `the first task of ${workflowId}`,
    timeoutMs: WAIT_MS,
  });
  const status = await statusOf(handle);
  if (status === 'RUNNING') await handle.cancel();
  await untilClosed(handle);
  const { payloads, memo = {}, searchAttributes = {} } = start;
  return historyProblems(handle, [payloads, Object.values(memo), Object.values(searchAttributes)].flat(), 1);
}

async function historyProblems(handle: WorkflowHandle, sent: readonly Payload[], count: number): Promise<string[]> {
  const history = await handle.fetchHistory();
  const events = history.events ?? [];
  const failures = events
    .filter(({ eventType }) => eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)
    // A message that came while the workflow was ending: the server asks it once more.
    .filter(
      ({ workflowTaskFailedEventAttributes: failed }) =>
        failed?.cause !== Cause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
    )
    .map((event) => `a task failed: ${event.workflowTaskFailedEventAttributes?.failure?.message ?? ''}`);
  const bytes = proto.temporal.api.history.v1.History.encode(history).finish().length - bytesOf(sent);
  const eventsMax = EVENTS_OF_A_RUN + EVENTS_PER_MESSAGE * count;
  return [
    ...failures,
    ...(events.length > eventsMax ? [`its history has ${events.length} events`] : []),
    ...(bytes > eventsMax * BYTES_PER_EVENT ? [`its history has ${bytes} bytes more than was sent`] : []),
  ];
}

function hasBegunOrEnded({ eventType }: { readonly eventType?: unknown }): boolean {
  return (
    eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED ||
    eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
  );
}

async function statusOf(handle: WorkflowHandle): Promise<string> {
  // Not by the client's own description, which fails on a search attribute that it cannot decode.
  const { workflowService, options } = handle.client;
  const { workflowExecutionInfo } = await workflowService.describeWorkflowExecution({
    namespace: options.namespace,
    execution: { workflowId: handle.workflowId },
  });
  return Status[workflowExecutionInfo?.status ?? 0]?.replace('WORKFLOW_EXECUTION_STATUS_', '') ?? 'unknown';
}

async function untilClosed(handle: WorkflowHandle): Promise<void> {
  await waitUntil(async () => (await statusOf(handle)) !== 'RUNNING', {
    what: `the end of ${handle.workflowId}`,
    timeoutMs: WAIT_MS,
  });
}
