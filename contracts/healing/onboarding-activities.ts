/** The activities of `onboardNode` and `verifyNode`: those of `healNode` for a profile, and two of their own. */

import type { PodJudgement } from '../../domain/healing/pod-evidence.ts';
import type { NodeObservation } from '../../domain/node/facts.ts';
import type { NodeName, NodeRef } from '../../domain/node/identity.ts';
import type { HealingActivities, RefusalReports } from './activities.ts';
import type { ProbePolicy } from './onboard-node.ts';

export interface BeginOnboardingInput {
  readonly node: NodeName;
  /** Set when the heal was restarted: the annotation is set to false first (H13). */
  readonly resetAnnotation: boolean;
  /** Written into the Event `HealingStarted`, or none is written. */
  readonly event: string | null;
}

/** No healing pod of the node is left. */
export interface BeginOnboardingResult {
  readonly node: NodeObservation;
  /** Why the Event was left out; missing where it was written. */
  readonly eventProblem?: string;
}

export interface ProbePodInput {
  readonly node: NodeRef;
  readonly attempt: number;
  readonly probe: ProbePolicy;
  /** `verify` also probes a node that needs no healing, and names its pod apart. */
  readonly purpose: 'heal' | 'verify';
  /** Then pods that finalizers hold are looked for before another one is made. */
  readonly isAfterRejection: boolean;
}

export type ProbeOutcome =
  | { readonly kind: 'judged'; readonly judgement: PodJudgement }
  /** No endpoint answers anybody: only the sandbox of the pod is known (E13). */
  | { readonly kind: 'echo-down'; readonly judgement: PodJudgement }
  /** Somebody else removed the pod. */
  | { readonly kind: 'vanished' }
  /** The API server refused the pod for good (4xx other than 429): quota, admission, permission. */
  | { readonly kind: 'rejected'; readonly status: number; readonly message: string }
  /** The node is gone, another one, not ready, healed or switched off: no pod was made. */
  | { readonly kind: 'skipped' };

/** No pod of the attempt is left, unless finalizers hold it. */
export interface ProbePodResult {
  readonly node: NodeObservation;
  readonly outcome: ProbeOutcome;
}

export interface ProbingActivities {
  /** Resets the annotation if asked, removes what earlier heals left, writes the Event. */
  beginOnboarding(input: BeginOnboardingInput): Promise<BeginOnboardingResult>;
  /** One attempt: creates the pod, waits until it has ended, deletes and judges it. Two API requests. */
  probePod(input: ProbePodInput): Promise<ProbePodResult>;
}

type Steps = ProbingActivities & Omit<HealingActivities, 'beginHealing' | 'attemptPod'>;

/** As the worker registers them: each input says for which profile it is. */
export type OnboardingActivities = {
  readonly [Name in keyof Steps]: (
    input: Parameters<Steps[Name]>[0] & { readonly profile: string },
    reports?: RefusalReports,
  ) => ReturnType<Steps[Name]>;
};
