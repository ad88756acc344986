/** All workflow runs as Temporal's histories tell them. */

import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import proto from '@temporalio/proto';
import { z } from 'zod';
import { HEAL_NODE_WORKFLOW, ONBOARD_NODE_WORKFLOW } from '../../contracts/healing/names.ts';
import { restartHealing } from '../../contracts/healing/signals-and-queries.ts';
import type { FailureType } from '../../domain/failures.ts';
import { activitiesOf, type ProbeRecord, payloadIn, probesOf, timeOf } from './heal-activities.ts';

export interface TaskFailure {
  readonly cause: string;
  readonly message: string;
  readonly atMs: number;
}

export interface BeginRecord {
  readonly scheduledMs: number;
  /** Takes the mark back that is there. */
  readonly resets: boolean;
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
  /** When each activity that takes the mark of a relapsed node back was scheduled. */
  readonly relapses: readonly number[];
  /** Attempts that wait for their pod. */
  readonly probes: readonly ProbeRecord[];
  /** When each signal of that kind came. */
  readonly restarts: readonly number[];
  readonly cancelledMs: number | null;
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
const HEALS: readonly string[] = [HEAL_NODE_WORKFLOW, ONBOARD_NODE_WORKFLOW];
const BEGINNINGS = ['beginHealing', 'beginOnboarding'];
const REFUSED: FailureType = 'ClusterRefused';

const RESTART = restartHealing.name;

const ResultSchema = z.object({ outcome: z.string() });
const BeginSchema = z.object({ resetAnnotation: z.boolean() });

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
  const isHeal = HEALS.includes(type);
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
    annotations: activitiesOf(events, ['annotateNode']).map(({ scheduledMs }) => scheduledMs),
    relapses: activitiesOf(events, ['relapseNode']).map(({ scheduledMs }) => scheduledMs),
    probes: probesOf(events),
    restarts: timesOf(events, ({ workflowExecutionSignaledEventAttributes: one }) => one?.signalName === RESTART),
    cancelledMs: timesOf(events, (event) => event.workflowExecutionCancelRequestedEventAttributes)[0] ?? null,
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
  return activitiesOf(events, BEGINNINGS).flatMap(({ input, scheduledMs, completedMs }) => {
    const resets = BeginSchema.safeParse(input).data?.resetAnnotation === true;
    return completedMs === null ? [] : [{ scheduledMs, completedMs, resets }];
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
  return ResultSchema.safeParse(payloadIn(completed?.result)).data?.outcome ?? null;
}
