/** Turns errors of the cluster into failures for Temporal. */

import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { ACTIVITY_HEARTBEAT_MS, type ActivityHeartbeat } from '../contracts/activity-liveness.ts';
import { REFUSALS_REPORTED_MAX, type RefusalReports } from '../contracts/healing/activities.ts';
import { cutText } from '../domain/cut-text.ts';
import { messageOf } from '../domain/error-message.ts';
import { FAILURES, type FailureType } from '../domain/failures.ts';
import { type ClusterFailure, clusterFailure, isUnauthorized } from '../kubernetes/client/cluster-error.ts';
import { withRequestWaits } from '../kubernetes/client/request-waits.ts';

/** The reason that the SDK gives when the grace period of a worker's shutdown is over. */
const WORKER_SHUTDOWN = 'WORKER_SHUTDOWN';

/** A refusal ends when a person grants a right, so it is not asked for again each second. */
const REFUSED_RETRY_MS = 30_000;
/** Credentials are replaced from outside: the heal must go on within seconds of that. */
const UNAUTHORIZED_RETRY_MS = 5_000;

/** Bounds what a refusal adds to the history: the message of an admission webhook may be long. */
const MESSAGE_LENGTH_MAX = 1_000;

export interface RefusalHandling {
  /** What the workflow shows of refusals; see `RefusalReports`. */
  readonly reports?: RefusalReports | undefined;
  /** Called for each refusal, reported or not. */
  readonly onRefused?: () => void;
}

/**
 * Runs `ask` with heartbeats that say what it waits for, and turns any cluster error into an ApplicationFailure from the
 * failure table. A worker that ends does not wait for the API server: the activity fails, and another worker takes it.
 */
export async function askingCluster<T>(ask: () => Promise<T>, handling: RefusalHandling = {}): Promise<T> {
  return withRequestWaits(async (waits) => {
    const context = Context.current();
    const beat = setInterval(() => {
      const details: ActivityHeartbeat = { waitsFor: waits.longest() };
      context.heartbeat(details);
    }, ACTIVITY_HEARTBEAT_MS);
    try {
      return await unlessWorkerEnds(context, ask());
    } catch (error) {
      if (error instanceof ApplicationFailure) throw error;
      throw failureOf(error, handling);
    } finally {
      clearInterval(beat);
    }
  });
}

function failureOf(error: unknown, handling: RefusalHandling): ApplicationFailure {
  const failure = clusterFailure(error);
  if (failure.kind === 'refused') handling.onRefused?.();
  const message = cutText(failure.message, MESSAGE_LENGTH_MAX);
  const type = typeOf(failure, message, handling.reports);
  return ApplicationFailure.create({
    message,
    type,
    nonRetryable: !FAILURES[type].retryable,
    ...(type === 'ClusterRefused' && { nextRetryDelay: REFUSED_RETRY_MS }),
    ...(isUnauthorized(error) && { nextRetryDelay: unauthorizedRetryMs() }),
    ...(error instanceof Error && { cause: error }),
  });
}

/** Spread, so that heals which were refused together do not come back together. */
function unauthorizedRetryMs(): number {
  return Math.round(UNAUTHORIZED_RETRY_MS * (1 + Math.random()));
}

/** Asks Temporal, with heartbeats; any error of it becomes a failure that is retried. */
export async function askingTemporal<T>(ask: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), ACTIVITY_HEARTBEAT_MS);
  try {
    const asked = ask();
    return await unlessWorkerEnds(context, asked);
  } catch (cause) {
    const type: FailureType = 'TemporalUnreachable';
    const message = `Temporal did not take it: ${messageOf(cause)}`;
    throw ApplicationFailure.create({
      message,
      type,
      nonRetryable: !FAILURES[type].retryable,
      ...(cause instanceof Error && { cause }),
    });
  } finally {
    clearInterval(beat);
  }
}

/** A request that is under way goes on until the process ends; a retry finds what it made. */
async function unlessWorkerEnds<T>(context: Context, asked: Promise<T>): Promise<T> {
  const ending = Promise.withResolvers<never>();
  const end = () => {
    const reason: unknown = context.cancellationSignal.reason;
    if (reason instanceof CancelledFailure && reason.message === WORKER_SHUTDOWN) {
      ending.reject(new Error('the worker ends before the API server has answered'));
    }
  };
  if (context.cancellationSignal.aborted) end();
  context.cancellationSignal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([asked, ending.promise]);
  } finally {
    context.cancellationSignal.removeEventListener('abort', end);
    asked.catch(() => undefined);
    ending.promise.catch(() => undefined);
  }
}

function typeOf(failure: ClusterFailure, message: string, reports: RefusalReports | undefined): FailureType {
  if (failure.kind === 'unreachable') return 'ClusterUnreachable';
  if (reports === undefined || reports.known.length >= REFUSALS_REPORTED_MAX) return 'ClusterRefused';
  return reports.known.includes(message) ? 'ClusterRefused' : 'RefusalReported';
}
