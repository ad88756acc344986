/** The activities as `watchConnectivity` calls them: none of them may end the watch, so a failure is a value here. */

import { type ActivityOptions, isCancellation, log, proxyActivities } from '@temporalio/workflow';
import { ACTIVITY_HEARTBEAT_TIMEOUT_MS } from '../../contracts/activity-liveness.ts';
import type { ConnectivityActivities } from '../../contracts/connectivity/activities.ts';
import { CONNECTIVITY_RESULTS } from '../../contracts/connectivity/activity-results.ts';
import { parsed } from '../../contracts/shape.ts';
import { cutText } from '../../domain/cut-text.ts';
import { ownMessageOf } from '../../domain/error-message.ts';

/** As the workflow sees them: what comes back is parsed. */
type Activities = Readonly<Record<keyof ConnectivityActivities, (...input: readonly unknown[]) => Promise<unknown>>>;

export interface CallOptions {
  /** What the Temporal UI shows beside it. */
  readonly summary: string;
  readonly startToCloseMs: number;
  /** Whether the activity says that it is alive; then a killed worker is noticed sooner. */
  readonly heartbeats: boolean;
}

export type CallResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

const RETRY_FIRST_MS = 1_000;
/** What still fails then is due again after the next evaluation. */
const ATTEMPTS_MAX = 3;
/** It is kept in the state of the watch. */
const MESSAGE_LENGTH_MAX = 500;

export async function call<Name extends keyof ConnectivityActivities>(
  name: Name,
  how: CallOptions,
  ...input: Parameters<ConnectivityActivities[Name]>
): Promise<CallResult<Awaited<ReturnType<ConnectivityActivities[Name]>>>> {
  const options: ActivityOptions = {
    startToCloseTimeout: how.startToCloseMs,
    ...(how.heartbeats ? { heartbeatTimeout: ACTIVITY_HEARTBEAT_TIMEOUT_MS } : {}),
    summary: how.summary,
    retry: { initialInterval: RETRY_FIRST_MS, backoffCoefficient: 2, maximumAttempts: ATTEMPTS_MAX },
  };
  const activities: Activities = proxyActivities<Activities>(options);
  try {
    const result = parsed<Awaited<ReturnType<ConnectivityActivities[Name]>>>(
      await activities[name](...input),
      CONNECTIVITY_RESULTS[name],
      'result',
    );
    return result.ok ? result : failed(name, `returned ${result.problems.join('; ')}`);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return failed(name, reasonOf(error));
  }
}

function failed(name: string, problem: string): { readonly ok: false; readonly message: string } {
  const message = cutText(problem, MESSAGE_LENGTH_MAX);
  log.warn(`activity ${name} failed, the watch goes on`, { problem: message });
  return { ok: false, message };
}

/** The failure of an activity says why only in its cause. */
function reasonOf(error: unknown): string {
  return ownMessageOf(error instanceof Error && error.cause instanceof Error ? error.cause : error);
}
