/** A Temporal worker with the guards of `query-guard.ts` and `bounded-activation.ts`, and the thread of `workflow-thread.ts`. */

import proto from '@temporalio/proto';
import { type Logger, Worker } from '@temporalio/worker';
import { messageOf } from '../../domain/error-message.ts';
import { linkOf, type TemporalRequests } from '../link.ts';
import { boundActivations } from './bounded-activation.ts';
import { guardQueries, type IsSettled } from './query-guard.ts';
import { startWorkflowThread } from './workflow-thread-client.ts';

type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;
type HistoryRequest = proto.temporal.api.workflowservice.v1.IGetWorkflowExecutionHistoryReverseRequest;
type HistoryPage = proto.temporal.api.workflowservice.v1.GetWorkflowExecutionHistoryReverseResponse;

const { EventType } = proto.temporal.api.enums.v1;
const ENDS = new Set<unknown>([
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
]);
/** More than a heal adds after a completed task before its next one. */
const PAGE_EVENTS = 32;
/** As long as the command line gives a query. */
const ASK_TIMEOUT_MS = 3_000;

export class GuardedWorker extends Worker {
  protected static override async createWorkflowCreator(
    ...[bundle, options, logger]: Parameters<(typeof Worker)['createWorkflowCreator']>
  ) {
    const { connection, namespace, activities, isolateExecutionTimeoutMs, patchActivationCallback } = options;
    const creator = await startWorkflowThread(bundle, {
      activities,
      isolateExecutionTimeoutMs,
      patchActivationCallback,
      logger,
    });
    // Without a connection of its own it replays given histories, and gets no query.
    const bounded = boundActivations(creator);
    return connection === undefined
      ? bounded
      : guardQueries(bounded, settledTasks(linkOf(connection) ?? connection, namespace, logger));
  }
}

/** Reads the history from its end. Where the server gives no answer nothing is settled. */
function settledTasks(connection: TemporalRequests, namespace: string, logger: Logger): IsSettled {
  return async ({ workflowId, runId }, startedEventId) => {
    const events = newestFirst(connection, { namespace, execution: { workflowId, runId } });
    try {
      return await connection.withDeadline(Date.now() + ASK_TIMEOUT_MS, async () =>
        isSettledBy(events, startedEventId),
      );
    } catch (error) {
      logger.warn(`could not learn whether a workflow task was completed: ${messageOf(error)}`, { workflowId, runId });
      return false;
    }
  };
}

async function isSettledBy(events: AsyncIterable<HistoryEvent>, startedEventId: number): Promise<boolean> {
  for await (const { eventId, eventType, workflowTaskCompletedEventAttributes: completed } of events) {
    if (ENDS.has(eventType) || Number(completed?.startedEventId) === startedEventId) return true;
    if (Number(eventId) <= startedEventId) return false;
  }
  return false;
}

async function* newestFirst(
  { workflowService }: TemporalRequests,
  request: Pick<HistoryRequest, 'namespace' | 'execution'>,
): AsyncGenerator<HistoryEvent> {
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page: HistoryPage = await workflowService.getWorkflowExecutionHistoryReverse({
      ...request,
      nextPageToken,
      maximumPageSize: PAGE_EVENTS,
    });
    yield* page.history?.events ?? [];
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0);
}
