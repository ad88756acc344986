/** Failures of the cluster as Temporal shall see them. */

import { ApplicationFailure, Context } from '@temporalio/activity';

import { ACTIVITY_HEARTBEAT_MS, REFUSALS_REPORTED_MAX, type RefusalReports } from '../contracts/healing-activities.ts';
import { FAILURES, type FailureType } from '../domain/failures.ts';
import { type ClusterFailure, clusterFailure } from '../kubernetes/cluster-error.ts';

/** A refusal ends when a person grants a right, so it is not asked for again each second. */
const REFUSED_RETRY_MS = 30_000;

/** Bounds what a refusal adds to the history: the message of an admission webhook may be long. */
const MESSAGE_LENGTH_MAX = 1_000;

export interface RefusalHandling {
  /** What the workflow shows of refusals; see `RefusalReports`. */
  readonly reports?: RefusalReports | undefined;
  /** Called for each refusal, reported or not. */
  readonly onRefused?: () => void;
}

/** Runs `ask` with heartbeats and turns any cluster error into an ApplicationFailure of the failure table. */
export async function askingCluster<T>(ask: () => Promise<T>, handling: RefusalHandling = {}): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => {
    context.heartbeat();
  }, ACTIVITY_HEARTBEAT_MS);
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    const failure = clusterFailure(error);
    if (failure.kind === 'refused') handling.onRefused?.();
    const message = bounded(failure.message);
    const type = typeOf(failure, message, handling.reports);
    throw ApplicationFailure.create({
      message,
      type,
      nonRetryable: !FAILURES[type].retryable,
      ...(type === 'ClusterRefused' && { nextRetryDelay: REFUSED_RETRY_MS }),
      ...(error instanceof Error && { cause: error }),
    });
  } finally {
    clearInterval(beat);
  }
}

function typeOf(failure: ClusterFailure, message: string, reports: RefusalReports | undefined): FailureType {
  if (failure.kind === 'unreachable') return 'ClusterUnreachable';
  if (reports === undefined || reports.known.length >= REFUSALS_REPORTED_MAX) return 'ClusterRefused';
  return reports.known.includes(message) ? 'ClusterRefused' : 'RefusalReported';
}

function bounded(message: string): string {
  return message.length <= MESSAGE_LENGTH_MAX ? message : `${message.slice(0, MESSAGE_LENGTH_MAX - 1)}…`;
}
