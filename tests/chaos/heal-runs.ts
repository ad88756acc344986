/** All workflow runs as Temporal's histories tell them. */

import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import proto from '@temporalio/proto';
import { z } from 'zod';
import { HEAL_NODE_WORKFLOW } from '../../contracts/healing/names.ts';
import type { FailureType } from '../../domain/failures.ts';

export interface TaskFailure {
  readonly cause: string;
  readonly message: string;
  readonly atMs: number;
}

export interface BeginRecord {
  readonly scheduledMs: number;
  /** The window opens after that, never before. */
  readonly completedMs: number;
}

export interface WorkflowRun {
  readonly workflowId: string;
  readonly runId: string;
  /** Null for a workflow that heals no node. */
  readonly node: string | null;
  /** Such as `RUNNING` and `COMPLETED`. */
  readonly status: string;
  /** Of a completed heal. */
  readonly outcome: string | null;
  readonly startedMs: number;
  readonly lastEventMs: number;
  readonly events: number;
  readonly begins: readonly BeginRecord[];
  /** When each activity that annotates was scheduled. */
  readonly annotations: readonly number[];
  /** When the workflow tasks that were completed had started: what a workflow takes for the time is one of these. */
  readonly taskStarts: readonly number[];
  readonly activityEnds: readonly number[];
  /** But for a signal that came while the workflow was ending: the server then asks once more. */
  readonly taskFailures: readonly TaskFailure[];
  readonly hasPatch: boolean;
  /** An activity that was refused waits for its next try. */
  readonly wasRefused: boolean;
  /** Its last events, and the activities that wait or are under way. */
  readonly lately: string;
  /** How often the workflow task that is due now has failed or timed out already. */
  readonly pendingTaskFailures: number;
  readonly history: proto.temporal.api.history.v1.IHistory;
}

type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;

const HARMLESS = 'WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND';
const ENUM_PREFIX = 'WORKFLOW_TASK_FAILED_CAUSE_';
const FETCHES_AT_ONCE = 4;
const EVENTS_TOLD = 6;
const REFUSED: FailureType = 'ClusterRefused';

const ResultSchema = z.object({ outcome: z.string() });

export async function fetchRuns(client: Client): Promise<readonly WorkflowRun[]> {
  const executions: WorkflowExecutionInfo[] = [];
  for await (const execution of client.workflow.list()) executions.push(execution);
  const runs: WorkflowRun[] = [];
  const waiting = executions.values();
  const fetchNext = async () => {
    // The lanes share the one iterator.
    for (const execution of waiting) runs.push(await fetchRun(client, execution));
  };
  await Promise.all(Array.from({ length: FETCHES_AT_ONCE }, fetchNext));
  return runs.toSorted((one, other) => one.startedMs - other.startedMs);
}

async function fetchRun(client: Client, execution: WorkflowExecutionInfo): Promise<WorkflowRun> {
  const { workflowId, runId, type } = execution;
  const handle = client.workflow.getHandle(workflowId, runId);
  const description = await handle.describe();
  const history = await handle.fetchHistory();
  const events = history.events ?? [];
  const isHeal = type === HEAL_NODE_WORKFLOW;
  return {
    workflowId,
    runId,
    history,
    node: isHeal ? (workflowId.split('/').at(-1) ?? null) : null,
    status: description.status.name,
    outcome: isHeal ? outcomeOf(events) : null,
    startedMs: execution.startTime.getTime(),
    lastEventMs: Math.max(0, ...events.map(({ eventTime }) => timeOf(eventTime))),
    events: events.length,
    begins: beginsOf(events),
    annotations: timesOf(scheduledOf(events, 'annotateNode'), () => true),
    taskStarts: taskStartsOf(events),
    activityEnds: timesOf(events, ({ activityTaskCompletedEventAttributes: attributes }) => attributes),
    taskFailures: events.flatMap(taskFailure),
    hasPatch: events.some(({ markerRecordedEventAttributes }) => markerRecordedEventAttributes),
    wasRefused: (description.raw.pendingActivities ?? []).some(
      ({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === REFUSED,
    ),
    lately: latelyOf(events, description.raw.pendingActivities ?? []),
    pendingTaskFailures: Math.max(0, (description.raw.pendingWorkflowTask?.attempt ?? 1) - 1),
  };
}

function scheduledOf(events: readonly HistoryEvent[], activity: string): readonly HistoryEvent[] {
  return events.filter(
    ({ activityTaskScheduledEventAttributes: attributes }) => attributes?.activityType?.name === activity,
  );
}

function latelyOf(
  events: readonly HistoryEvent[],
  activities: readonly proto.temporal.api.workflow.v1.IPendingActivityInfo[],
): string {
  const names = events
    .slice(-EVENTS_TOLD)
    .map(({ eventType }) => proto.temporal.api.enums.v1.EventType[eventType ?? 0]);
  const waiting = activities.map(({ activityType, state, attempt, lastFailure, lastStartedTime, scheduledTime }) => {
    const name = proto.temporal.api.enums.v1.PendingActivityState[state ?? 0];
    const times = `started ${timeOf(lastStartedTime)}, due ${timeOf(scheduledTime)}`;
    return `${activityType?.name} ${name}, attempt ${attempt}, ${times}, last failure: ${lastFailure?.message ?? 'none'}`;
  });
  return [...names.map((name) => name?.replace('EVENT_TYPE_', '').toLowerCase()), ...waiting].join('; ');
}

function timesOf(events: readonly HistoryEvent[], isOf: (event: HistoryEvent) => unknown): readonly number[] {
  return events.filter(isOf).map(({ eventTime }) => timeOf(eventTime));
}

/** Not those whose worker died: the next one begins the task again, at its own time. */
function taskStartsOf(events: readonly HistoryEvent[]): readonly number[] {
  const completed = new Set(
    events.flatMap(({ workflowTaskCompletedEventAttributes: attributes }) =>
      attributes ? [Number(attributes.startedEventId)] : [],
    ),
  );
  return timesOf(events, ({ eventId }) => completed.has(Number(eventId)));
}

function beginsOf(events: readonly HistoryEvent[]): readonly BeginRecord[] {
  return scheduledOf(events, 'beginHealing').flatMap((scheduled) => {
    const completed = events.find(
      ({ activityTaskCompletedEventAttributes: attributes }) =>
        attributes && Number(attributes.scheduledEventId) === Number(scheduled.eventId),
    );
    if (completed === undefined) return [];
    return [{ scheduledMs: timeOf(scheduled.eventTime), completedMs: timeOf(completed.eventTime) }];
  });
}

function taskFailure({ workflowTaskFailedEventAttributes: attributes, eventTime }: HistoryEvent): TaskFailure[] {
  if (!attributes) return [];
  const cause = proto.temporal.api.enums.v1.WorkflowTaskFailedCause[attributes.cause ?? 0] ?? `${attributes.cause}`;
  if (cause === HARMLESS) return [];
  const message = attributes.failure?.message ?? '';
  return [{ cause: cause.replace(ENUM_PREFIX, ''), message, atMs: timeOf(eventTime) }];
}

function outcomeOf(events: readonly HistoryEvent[]): string | null {
  const completed = events.at(-1)?.workflowExecutionCompletedEventAttributes;
  const data = completed?.result?.payloads?.[0]?.data;
  if (!data) return null;
  const parsed = ResultSchema.safeParse(JSON.parse(Buffer.from(data).toString('utf8')));
  return parsed.success ? parsed.data.outcome : null;
}

export function timeOf(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1_000 + Math.floor((time?.nanos ?? 0) / 1_000_000);
}
