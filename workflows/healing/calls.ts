/** The activities as `healNode` calls them: queue, timeouts, and retries without end while the API server is away. */

import { ActivityFailure, type ActivityOptions, ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import { ACTIVITY_HEARTBEAT_TIMEOUT_MS } from '../../contracts/activity-liveness.ts';
import { type HealingActivities, type RefusalReports } from '../../contracts/healing/activities.ts';
import { HEALING_RESULTS } from '../../contracts/healing/activity-results.ts';
import { podTaskQueue } from '../../contracts/healing/names.ts';
import { parsed } from '../../contracts/shape.ts';
import { cutText } from '../../domain/cut-text.ts';
import type { FailureType } from '../../domain/failures.ts';
import { nowOf } from '../workflow-time.ts';
import type { HealSession } from './session.ts';
import { showDetails } from './view.ts';

/**
 * Longer than the requests of one activity, each of which may take the API server 34 s: an activity that is cut off begins
 * again, and would never get further. A killed worker is noticed sooner, by its missing heartbeats.
 */
const START_TO_CLOSE_MS = 300_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_LONGEST_MS = 30_000;

/**
 * Activities of the pods wait in a queue of their own, with a rate limit (H16). Not so the one that begins a heal: a
 * node's first attempt is not delayed, and the starter keeps the rate of starts.
 */
const ON_POD_QUEUE = new Set<keyof HealingActivities>(['attemptPod', 'concludeHealing']);

/** As the workflow sees them: what comes back is parsed. */
type Activities = Readonly<Record<keyof HealingActivities, (...input: readonly unknown[]) => Promise<unknown>>>;

const MESSAGE_LENGTH_MAX = 1_000;
const REFUSAL_REPORTED: FailureType = 'RefusalReported';

/**
 * Runs one activity. `summary` is what the Temporal UI shows beside it.
 * Retried until it succeeds: an API server that is away delays the heal, it never fails it (H11).
 * A step that is refused is shown meanwhile, in the status and in the current details.
 * Throws for a result that no worker of ours returns.
 */
export async function call<Name extends keyof HealingActivities>(
  session: HealSession,
  name: Name,
  how: { readonly summary: string; readonly input: Parameters<HealingActivities[Name]>[0] },
): Promise<Awaited<ReturnType<HealingActivities[Name]>>> {
  const options: ActivityOptions = {
    startToCloseTimeout: START_TO_CLOSE_MS,
    heartbeatTimeout: ACTIVITY_HEARTBEAT_TIMEOUT_MS,
    summary: how.summary,
    retry: {
      initialInterval: RETRY_FIRST_MS,
      backoffCoefficient: 2,
      maximumInterval: Math.max(RETRY_FIRST_MS, Math.min(RETRY_LONGEST_MS, session.policy.intervalMs)),
    },
    ...(ON_POD_QUEUE.has(name) ? { taskQueue: podTaskQueue(session.input.cluster) } : {}),
  };
  const activities: Activities = proxyActivities<Activities>(options);
  const known: string[] = [];
  for (;;) {
    const reports: RefusalReports = { known };
    try {
      const result = await activities[name](how.input, reports);
      session.refusal = null;
      return parsedResult(name, result);
    } catch (error) {
      const message = reportedRefusal(error);
      if (message === null) throw error;
      known.push(message);
      session.refusal = { step: how.summary, message, sinceMs: session.refusal?.sinceMs ?? nowOf(session) };
      showDetails(session);
    }
  }
}

/** Null for every other failure. The activity bounds how often it reports. */
function reportedRefusal(error: unknown): string | null {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) return null;
  return error.cause.type === REFUSAL_REPORTED ? cutText(error.cause.message, MESSAGE_LENGTH_MAX) : null;
}

/** A failure ends the heal: the starter begins it again. */
function parsedResult<Name extends keyof HealingActivities>(
  name: Name,
  found: unknown,
): Awaited<ReturnType<HealingActivities[Name]>> {
  const result = parsed<Awaited<ReturnType<HealingActivities[Name]>>>(found, HEALING_RESULTS[name], 'result');
  if (result.ok) return result.value;
  throw ApplicationFailure.nonRetryable(`${name} returned ${result.problems.join('; ')}`, 'InvalidResult');
}
