/** The activities as workflows call them: queue, timeouts, and retries without end while the API server is away. */

import { ActivityFailure, type ActivityOptions, ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import { ACTIVITY_HEARTBEAT_TIMEOUT_MS } from '../../contracts/activity-liveness.ts';
import type { RefusalReports } from '../../contracts/healing/activities.ts';
import { HEALING_RESULTS, type HealSteps } from '../../contracts/healing/activity-results.ts';
import { firstProbeTaskQueue, podTaskQueue, probeTaskQueue } from '../../contracts/healing/names.ts';
import { STEPS_BESIDE_PROBES } from '../../contracts/healing/onboarding-activities.ts';
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
const ON_POD_QUEUE = new Set<keyof HealSteps>(['attemptPod', 'concludeHealing']);

/** As the workflow sees them: what comes back is parsed. */
type Activities = Readonly<Record<keyof HealSteps, (...input: readonly unknown[]) => Promise<unknown>>>;

const MESSAGE_LENGTH_MAX = 1_000;
const REFUSAL_REPORTED: FailureType = 'RefusalReported';

interface Call<Name extends keyof HealSteps> {
  /** What the Temporal UI shows beside the activity. */
  readonly summary: string;
  readonly input: Parameters<HealSteps[Name]>[0];
  /** How long the activity waits by itself, in milliseconds; default: not at all. */
  readonly takesMs?: number;
  /** The first probe of a heal. Default: no. */
  readonly isFirstProbe?: boolean;
}

type Answer<Name extends keyof HealSteps> = Awaited<ReturnType<HealSteps[Name]>>;

export interface CallPlace {
  readonly cluster: string;
  /** Null for the activities of `healNode`. */
  readonly profile: string | null;
  /** Longest pause between two tries. */
  readonly retryMaxMs: number;
}

/**
 * Runs one activity. Retried until it succeeds: an API server that is away delays the heal, it never fails it (H11).
 * A step that is refused is shown meanwhile, in the status and in the current details.
 * Throws for a result that no worker of ours returns.
 */
export async function call<Name extends keyof HealSteps>(
  session: HealSession,
  name: Name,
  how: Call<Name>,
): Promise<Answer<Name>> {
  const { input, profile, policy } = session;
  const place = { cluster: input.cluster, profile, retryMaxMs: policy.intervalMs };
  const known: string[] = [];
  for (;;) {
    const reports: RefusalReports = { known };
    try {
      const result = await callOf(place, name, how, reports);
      session.refusal = null;
      return result;
    } catch (error) {
      const message = reportedRefusal(error);
      if (message === null) throw error;
      known.push(message);
      session.refusal = { step: how.summary, message, sinceMs: session.refusal?.sinceMs ?? nowOf(session) };
      showDetails(session);
    }
  }
}

/** As `call` for a workflow that is no heal: a refusal is only retried. */
export async function callOf<Name extends keyof HealSteps>(
  { cluster, profile, retryMaxMs }: CallPlace,
  name: Name,
  { summary, input, takesMs = 0, isFirstProbe = false }: Call<Name>,
  reports?: RefusalReports,
): Promise<Answer<Name>> {
  const options: ActivityOptions = {
    startToCloseTimeout: START_TO_CLOSE_MS + takesMs,
    heartbeatTimeout: ACTIVITY_HEARTBEAT_TIMEOUT_MS,
    summary,
    retry: {
      initialInterval: RETRY_FIRST_MS,
      backoffCoefficient: 2,
      maximumInterval: Math.max(RETRY_FIRST_MS, Math.min(RETRY_LONGEST_MS, retryMaxMs)),
    },
    ...(isFirstProbe ? { taskQueue: firstProbeTaskQueue(cluster) } : queueOf(name, { cluster, profile })),
  };
  const activities: Activities = proxyActivities<Activities>(options);
  const sent = profile === null ? input : { ...input, profile };
  const result = await (reports === undefined ? activities[name](sent) : activities[name](sent, reports));
  return parsedResult(name, result);
}

/** Default: the queue of the workflow. */
function queueOf(
  name: keyof HealSteps,
  { cluster, profile }: { readonly cluster: string; readonly profile: string | null },
): { taskQueue?: string } {
  // A worker that does not know profiles would take the steps of one for those of `snat`.
  if (profile !== null)
    return STEPS_BESIDE_PROBES.some((step) => step === name) ? {} : { taskQueue: probeTaskQueue(cluster) };
  return ON_POD_QUEUE.has(name) ? { taskQueue: podTaskQueue(cluster) } : {};
}

/** Null for every other failure. The activity bounds how often it reports. */
function reportedRefusal(error: unknown): string | null {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) return null;
  return error.cause.type === REFUSAL_REPORTED ? cutText(error.cause.message, MESSAGE_LENGTH_MAX) : null;
}

/** A failure ends the heal: the starter begins it again. */
function parsedResult<Name extends keyof HealSteps>(name: Name, found: unknown): Answer<Name> {
  const result = parsed<Answer<Name>>(found, HEALING_RESULTS[name], 'result');
  if (result.ok) return result.value;
  throw ApplicationFailure.nonRetryable(`${name} returned ${result.problems.join('; ')}`, 'InvalidResult');
}
