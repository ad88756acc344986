/** The activities as `watchConnectivity` calls them: none of them may end the watch, so a failure is a value here. */

import { type ActivityOptions, isCancellation, log, proxyActivities } from '@temporalio/workflow';
import type { ConnectivityActivities } from '../contracts/connectivity-activities.ts';
import { ACTIVITY_HEARTBEAT_TIMEOUT_MS } from '../contracts/healing-activities.ts';

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
  const activities = proxyActivities<Record<string, (...input: readonly unknown[]) => Promise<unknown>>>(options);
  const activity = activities[name];
  if (activity === undefined) throw new Error(`no activity ${name}`);
  try {
    return { ok: true, value: (await activity(...input)) as Awaited<ReturnType<ConnectivityActivities[Name]>> };
  } catch (error) {
    if (isCancellation(error)) throw error;
    const message = reasonOf(error);
    log.warn(`activity ${name} failed, the watch goes on`, { problem: message });
    return { ok: false, message };
  }
}

/** The failure of an activity says why only in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
