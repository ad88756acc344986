/** Requests to Temporal with a deadline, and with values instead of errors for what is expected. */

import {
  type Client,
  QueryNotRegisteredError,
  QueryRejectedError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { grpcCause, TEMPORAL_REQUEST_TIMEOUT_MS } from './errors.ts';

const GRPC_CANCELLED = 1;
const GRPC_INVALID_ARGUMENT = 3;
const GRPC_DEADLINE_EXCEEDED = 4;
const GRPC_FAILED_PRECONDITION = 9;
/** The server's answers while no worker polls, and ours while it waits for one. */
const NO_WORKER: readonly number[] = [
  GRPC_CANCELLED,
  GRPC_INVALID_ARGUMENT,
  GRPC_DEADLINE_EXCEEDED,
  GRPC_FAILED_PRECONDITION,
];

/** Throws when Temporal does not answer in time. */
export function inTime<T>(client: Client, run: () => Promise<T>, timeoutMs = TEMPORAL_REQUEST_TIMEOUT_MS): Promise<T> {
  return client.withDeadline(Date.now() + timeoutMs, run);
}

/** Null where the workflow is closed or was never there; for a description only where it was never there. */
export async function nullWhereNotFound<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** False where the workflow is closed or was never there. */
export async function isTaken(signal: Promise<void>): Promise<boolean> {
  return (await nullWhereNotFound(signal.then(() => true))) ?? false;
}

/** Whether a query or an update failed because there was no answer: no worker, one that does not know it, or no workflow. */
export function isNoAnswer(error: unknown): boolean {
  if (error instanceof QueryNotRegisteredError || error instanceof QueryRejectedError) return true;
  if (error instanceof WorkflowNotFoundError || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  const code = grpcCause(error)?.code;
  return code !== undefined && NO_WORKER.includes(code);
}
