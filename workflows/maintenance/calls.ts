/** The activities as the workflows of maintenance call them: retried until they succeed, their results parsed. */

import {
  ActivityCancellationType,
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  proxyActivities,
  TimeoutFailure,
} from '@temporalio/workflow';
import { ACTIVITY_HEARTBEAT_TIMEOUT_MS } from '../../contracts/activity-liveness.ts';
import type { MaintenanceActivities } from '../../contracts/maintenance/activities.ts';
import { MAINTENANCE_RESULTS } from '../../contracts/maintenance/activity-results.ts';
import { parsed } from '../../contracts/shape.ts';

/** As the workflow sees them: what comes back is parsed. */
type Activities = Readonly<Record<keyof MaintenanceActivities, (input: unknown) => Promise<unknown>>>;

/** Some requests to the API server in one activity, each of which may take it 34 s. */
const START_TO_CLOSE_MS = 300_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_LONGEST_MS = 30_000;

export interface CallOf<Name extends keyof MaintenanceActivities> {
  /** What the Temporal UI shows beside the activity. */
  readonly summary: string;
  readonly input: Parameters<MaintenanceActivities[Name]>[0];
  /** How long the activity waits by itself, in milliseconds; default: not at all. */
  readonly takesMs?: number;
  /** Default: without end. An API server that is away delays a maintenance, it never fails it. */
  readonly attemptsMax?: number;
  /** With all its tries; default: no bound. */
  readonly withinMs?: number;
}

/** Whether all tries of a call with a bound were in vain until then. */
export function isTooLate(error: unknown): boolean {
  return error instanceof ActivityFailure && (error.retryState === 'TIMEOUT' || error.cause instanceof TimeoutFailure);
}

/** One that is cancelled ends what it does, and may still answer. */
export async function callOf<Name extends keyof MaintenanceActivities>(
  name: Name,
  { summary, input, takesMs = 0, attemptsMax, withinMs }: CallOf<Name>,
): Promise<Awaited<ReturnType<MaintenanceActivities[Name]>>> {
  const options: ActivityOptions = {
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
  const activities: Activities = proxyActivities<Activities>(options);
  const found = await activities[name](input);
  const result = parsed<Awaited<ReturnType<MaintenanceActivities[Name]>>>(found, MAINTENANCE_RESULTS[name], 'result');
  if (result.ok) return result.value;
  throw ApplicationFailure.nonRetryable(`${name} returned ${result.problems.join('; ')}`, 'InvalidResult');
}
