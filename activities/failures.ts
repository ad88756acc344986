/** Failures of the cluster as Temporal shall see them. */

import { ApplicationFailure, Context } from '@temporalio/activity';

import { ACTIVITY_HEARTBEAT_MS } from '../contracts/healing-activities.ts';
import { FAILURES, type FailureType } from '../domain/failures.ts';
import { clusterFailure } from '../kubernetes/cluster-error.ts';

/** A refusal is mended by a person, so it is not asked for again each second. */
const REFUSED_RETRY_MS = 30_000;

/** Rethrows as the failure of the table whatever the API server or the way to it did wrong; shows life meanwhile. */
export async function askingCluster<T>(ask: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => {
    context.heartbeat();
  }, ACTIVITY_HEARTBEAT_MS);
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    const failure = clusterFailure(error);
    const type: FailureType = failure.kind === 'unreachable' ? 'ClusterUnreachable' : 'ClusterRefused';
    throw ApplicationFailure.create({
      message: failure.message,
      type,
      nonRetryable: !FAILURES[type].retryable,
      ...(failure.kind === 'refused' && { nextRetryDelay: REFUSED_RETRY_MS }),
      ...(error instanceof Error && { cause: error }),
    });
  } finally {
    clearInterval(beat);
  }
}
