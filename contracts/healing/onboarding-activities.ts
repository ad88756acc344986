/** The activities of `onboardNode` and `verifyNode`: those of `healNode` for a profile, and some of their own. */

import type { Silence } from '../../domain/healing/not-proven.ts';
import type { PodJudgement } from '../../domain/healing/pod-evidence.ts';
import type { CapOutcome, TaintCap } from '../../domain/healing/startup-taint.ts';
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
  /** A node whose mark was proven for this machine is only watched: it keeps the mark, and no Event is written. */
  readonly isWatchEnough?: boolean;
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
  /** The node is marked already. An older worker makes no pod then. */
  readonly isWatch?: boolean;
}

export type ProbeOutcome =
  | {
      readonly kind: 'judged';
      readonly judgement: PodJudgement;
      /** Why the pod is silent; missing where it simply is, is not, or an older worker answered. */
      readonly silence?: Silence;
    }
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

export interface RelapseNodeInput {
  readonly node: NodeRef;
  /** For the annotation `vigilante-<profile>-relapsed`; tells a retry that its own patch was written. */
  readonly relapsedMs: number;
  /** What the pods showed, for the Event. */
  readonly seen: string;
  /** The Event `RelapseBraked` was written already. */
  readonly isBrakeReported: boolean;
}

export type RelapseNodeResult =
  /** The mark is gone, whoever took it back. */
  | { readonly kind: 'relapsed'; readonly node: NodeObservation; readonly eventProblem?: string }
  /** Too many nodes relapsed of late: the mark was kept (E25). */
  | { readonly kind: 'braked'; readonly eventProblem?: string }
  /** The node is gone, another one, switched off, or was written by others: nothing was written. */
  | { readonly kind: 'kept'; readonly node: NodeObservation };

export interface CapTaintInput extends TaintCap {
  readonly node: NodeRef;
}

export interface CapTaintResult {
  readonly kind: CapOutcome;
}

export interface ProbingActivities {
  /** Resets the annotation if asked, removes what earlier heals left, writes the Event. */
  beginOnboarding(input: BeginOnboardingInput): Promise<BeginOnboardingResult>;
  /** One attempt: creates the pod, waits until it has ended, deletes and judges it. Two API requests. */
  probePod(input: ProbePodInput): Promise<ProbePodResult>;
  /** Takes the mark back, unless too many nodes relapsed of late; then the Event. */
  relapseNode(input: RelapseNodeInput): Promise<RelapseNodeResult>;
  /** Removes the startup taint without a mark, or keeps it, and writes the Event. */
  capTaint(input: CapTaintInput): Promise<CapTaintResult>;
}

type Steps = ProbingActivities & Omit<HealingActivities, 'beginHealing' | 'attemptPod'>;

/**
 * On the queue of the workflow: neither the begin of a heal nor the cap of a startup taint waits behind the probes of others
 * (H16, E53). All others are on the queue of the probes, and the first probe of a heal on one of its own.
 */
export const STEPS_BESIDE_PROBES: readonly (keyof Steps)[] = ['beginOnboarding', 'capTaint'];

/** As the worker registers them: each input says for which profile it is. */
export type OnboardingActivities = {
  readonly [Name in keyof Steps]: (
    input: Parameters<Steps[Name]>[0] & { readonly profile: string },
    reports?: RefusalReports,
  ) => ReturnType<Steps[Name]>;
};
