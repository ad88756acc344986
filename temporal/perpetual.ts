/** A workflow that is to run for as long as its cluster does: whether it runs, and its answers to queries and updates. */

import {
  type Client,
  type QueryDefinition,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { VIGILANTE_STATE } from '../contracts/search-attributes.ts';
import { messageOf } from '../domain/error-message.ts';
import { askWorkflow } from './ask-workflow.ts';
import { inTime, isNoAnswer, nullWhereNotFound } from './requests.ts';

/** A start adds no event where it runs; one that was cancelled, terminated or failed is started again. */
export const KEPT_RUNNING = {
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
} as const;

export type StatusAnswer<Status> =
  | { readonly kind: 'status'; readonly status: Status }
  /** It runs, but no worker answers for it. `lastState`: of the search attribute, where that is written. */
  | { readonly kind: 'silent'; readonly lastState: string | null }
  /** `closedAs`: how the last one ended; null where there was none. */
  | { readonly kind: 'not-running'; readonly closedAs: string | null };

export type UpdateAnswer<Result> =
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'silent' };

/** A worker answers in milliseconds; without one the server waits for us to give up. */
const QUERY_TIMEOUT_MS = 3_000;

/** Throws when Temporal does not answer in time. */
export async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  return (await describe(client, workflowId))?.status.name === 'RUNNING';
}

/** Throws when Temporal does not answer in time. A workflow that is closed is not asked: it would answer from its past. */
export async function askStatus<Status>(
  client: Client,
  workflowId: string,
  query: QueryDefinition<Status>,
): Promise<StatusAnswer<Status>> {
  const found = await describe(client, workflowId);
  if (found === null) return { kind: 'not-running', closedAs: null };
  if (found.status.name !== 'RUNNING') return { kind: 'not-running', closedAs: found.status.name.toLowerCase() };
  const handle = client.workflow.getHandle(workflowId);
  try {
    const ask = () => askWorkflow(() => handle.query(query));
    return { kind: 'status', status: await inTime(client, ask, QUERY_TIMEOUT_MS) };
  } catch (error) {
    if (!isNoAnswer(error)) throw error;
    return { kind: 'silent', lastState: found.typedSearchAttributes.get(VIGILANTE_STATE) ?? null };
  }
}

/** @param update throws as the client does; other errors than a refusal and silence are thrown on. */
export async function answerOf<Result>(update: Promise<Result>): Promise<UpdateAnswer<Result>> {
  try {
    return { kind: 'result', result: await update };
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError)
      return { kind: 'refused', message: messageOf(error.cause ?? error) };
    if (!isNoAnswer(error)) throw error;
    return { kind: 'silent' };
  }
}

function describe(client: Client, workflowId: string) {
  return nullWhereNotFound(inTime(client, () => client.workflow.getHandle(workflowId).describe()));
}
