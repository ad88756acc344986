/** Calls activities that are retried until they succeed; what they return is parsed. */

import {
  ActivityCancellationType,
  type ActivityOptions,
  ApplicationFailure,
  proxyActivities,
} from '@temporalio/workflow';
import { ACTIVITY_HEARTBEAT_TIMEOUT_MS } from '../contracts/activity-liveness.ts';
import { type Check, parsed } from '../contracts/shape.ts';

type Activity = (...input: never[]) => Promise<unknown>;

/** Some requests to the API server in one activity, each of which may take it 34 s. */
const START_TO_CLOSE_MS = 300_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_LONGEST_MS = 30_000;

export interface RetriedCall<Input> {
  /** What the Temporal UI shows beside the activity. */
  readonly summary: string;
  readonly input: Input;
  /** How long the activity waits by itself, in milliseconds; default: not at all. */
  readonly takesMs?: number;
  /** Default: without end. An API server that is away delays a workflow, it never fails it. */
  readonly attemptsMax?: number;
  /** With all its tries; default: no bound. */
  readonly withinMs?: number;
}

/**
 * One that is cancelled ends what it does, and may still answer.
 * @param results what comes back is parsed by these
 */
export function retriedCallerOf<Activities extends { readonly [Name in keyof Activities]: Activity }>(
  results: { readonly [Name in keyof Activities]: Check<Awaited<ReturnType<Activities[Name]>>> },
) {
  return async <Name extends keyof Activities & string>(
    name: Name,
    call: RetriedCall<Parameters<Activities[Name]>[0]>,
  ): Promise<Awaited<ReturnType<Activities[Name]>>> => {
    const activities = proxyActivities<Record<string, (input: unknown) => Promise<unknown>>>(optionsOf(call));
    const found = await activities[name]?.(call.input);
    const result = parsed<Awaited<ReturnType<Activities[Name]>>>(found, results[name], 'result');
    if (result.ok) return result.value;
    throw ApplicationFailure.nonRetryable(`${name} returned ${result.problems.join('; ')}`, 'InvalidResult');
  };
}

function optionsOf({ summary, takesMs = 0, attemptsMax, withinMs }: RetriedCall<unknown>): ActivityOptions {
  return {
    startToCloseTimeout: START_TO_CLOSE_MS + takesMs,
    heartbeatTimeout: ACTIVITY_HEARTBEAT_TIMEOUT_MS,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary,
    ...(withinMs === undefined ? {} : { scheduleToCloseTimeout: withinMs }),
    retry: {
      initialInterval: RETRY_FIRST_MS,
      backoffCoefficient: 2,
      maximumInterval: RETRY_LONGEST_MS,
      ...(attemptsMax === undefined ? {} : { maximumAttempts: attemptsMax }),
    },
  };
}
