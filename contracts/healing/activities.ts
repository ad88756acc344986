/**
 * Inputs and results of the healing activities: what workflow and worker agree on.
 *
 * Expected outcomes are return values. An activity throws a retryable failure where the API server could not be
 * asked (connection, 429, 5xx), and is retried until it can: none of that is counted as an error of the node.
 */

import type { PodJudgement } from '../../domain/healing/pod-evidence.ts';
import type { HealingPod } from '../../domain/healing/state.ts';
import type { NodeObservation } from '../../domain/node/facts.ts';
import type { NodeName, NodeRef } from '../../domain/node/identity.ts';

/** A healing pod and the attempt that made it. */
export type PodRef = HealingPod;

export interface BeginHealingInput {
  readonly node: NodeName;
  /** Number of the first attempt of the window, which is made at once. */
  readonly attempt: number;
  /** Set when the heal was restarted: the annotation is set to false first (H13). */
  readonly resetAnnotation: boolean;
  /** Written into the Event `HealingStarted`, or none is written. */
  readonly event: string | null;
}

/** No healing pod of the node is left but the one of this attempt. */
export interface BeginHealingResult {
  readonly node: NodeObservation;
  readonly outcome: AttemptOutcome;
  /** Why the Event was left out; missing where it was written, and where an older worker answered. */
  readonly eventProblem?: string;
}

export interface AttemptPodInput {
  readonly node: NodeRef;
  readonly attempt: number;
  /** Deleted and judged first. */
  readonly previousPod: PodRef | null;
}

export type AttemptOutcome =
  | { readonly kind: 'created'; readonly pod: PodRef }
  /** The API server refused the pod for good (4xx other than 429): quota, admission, permission. */
  | {
      readonly kind: 'rejected';
      readonly status: number;
      readonly message: string;
      /** The previous pod, where the DELETE of it was refused: it is still there. */
      readonly pod?: PodRef;
    }
  /** The node is gone, another one, not ready, healed or switched off: nothing was deleted or created. */
  | { readonly kind: 'skipped' };

export interface AttemptPodResult {
  readonly node: NodeObservation;
  /** Judgement of `previousPod`; null where there was none or it had vanished. */
  readonly judgement: PodJudgement | null;
  readonly outcome: AttemptOutcome;
}

export interface ConcludeHealingInput {
  /** The node whose healing pods are all removed; the pods carry its uid. */
  readonly node: NodeRef;
  readonly previousPod: PodRef | null;
  /** Message of the Event `HealedElsewhere`, where the heal ends for a mark that is not ours. */
  readonly healedElsewhere?: string;
}

export interface ConcludeHealingResult {
  readonly judgement: PodJudgement | null;
  /** Version of the node after that; null where it is gone. */
  readonly nodeVersion: string | null;
  /** The node in this version, as the API server has it; missing where an older worker answered. */
  readonly node?: NodeObservation;
}

/** What the pods of the last window proved, for the annotation `vigilante-snat-proof`. */
export interface ProofOfWindow {
  readonly proven: number;
  readonly attempts: number;
  readonly evidence: string;
}

export interface AnnotateNodeInput {
  readonly node: NodeRef;
  /** The node is written only in this version: a worker that wakes late finds another one, and writes nothing. */
  readonly nodeVersion: string | null;
  /** For the Event `Healed`. */
  readonly evidence: string;
  /** Missing where an older worker decided. */
  readonly proof?: ProofOfWindow;
  /** When the last pod that an echo refuted was created, in milliseconds since 1970; missing where none was. */
  readonly refutedMs?: number;
}

/** `node-replaced`: the name now belongs to another uid, nothing was written (H7). */
export type AnnotateNodeResult =
  | { readonly kind: 'annotated'; readonly eventProblem?: string }
  | { readonly kind: 'node-gone' }
  | { readonly kind: 'node-replaced' }
  /** Written by someone since `nodeVersion`, and not annotated as healed: the heal has to look again. */
  | { readonly kind: 'node-changed' };

export type HealingEventReason = 'HealingStalled' | 'HealingUnproven';

export interface RecordHealingEventInput {
  readonly node: NodeRef;
  readonly reason: HealingEventReason;
  readonly message: string;
  /** Makes the Event's name: a retried activity finds its own Event. */
  readonly attempt: number;
}

/** Missing where an older worker answered. */
export interface RecordHealingEventResult {
  /** Why the Event was left out; null where it was written. */
  readonly eventProblem: string | null;
}

export interface CleanUpCancelledInput {
  readonly node: NodeRef;
  readonly previousPod: PodRef | null;
}

export interface ObserveNodeInput {
  readonly node: NodeName;
  /** Ask the API server instead of the worker's cache, which may lag behind a change just made. */
  readonly live: boolean;
}

/**
 * Second argument of an activity. With it a refusal (403, 422) that is not in `known` fails the activity with
 * `RefusalReported`, so that the workflow can show it; every other refusal is retried by the server, which adds nothing
 * to the history. Without it, as from an older workflow, each refusal is retried.
 */
export interface RefusalReports {
  /** Messages that the workflow shows already. */
  readonly known: readonly string[];
}

/** Refusals of one step that are reported; later ones are only retried. Bounds the history of a heal. */
export const REFUSALS_REPORTED_MAX = 5;

export interface HealingActivities {
  /** Resets the annotation if asked, makes the first attempt, removes what earlier heals left, writes the Event. */
  beginHealing(input: BeginHealingInput): Promise<BeginHealingResult>;
  /** One attempt: deletes and judges the previous pod, creates the next. Two API requests. */
  attemptPod(input: AttemptPodInput): Promise<AttemptPodResult>;
  /** Judges the last pod, removes every healing pod of the node, then reads the node and its version. */
  concludeHealing(input: ConcludeHealingInput): Promise<ConcludeHealingResult>;
  /** Merge patch with the uid and the version, then the Event `Healed`. */
  annotateNode(input: AnnotateNodeInput): Promise<AnnotateNodeResult>;
  recordHealingEvent(input: RecordHealingEventInput): Promise<RecordHealingEventResult | undefined>;
  /** Removes the pods, sets `vigilante-healing: disabled`, writes the Event `HealingCancelled`. */
  cleanUpCancelled(input: CleanUpCancelledInput): Promise<void>;
  /** Reads the node from the worker's cache, or live; no API request unless asked for or the cache lacks it. */
  observeNode(input: ObserveNodeInput): Promise<NodeObservation>;
}

/** As a worker registers them. */
export type WithRefusalReports<Steps extends Readonly<Record<keyof Steps, (input: never) => unknown>>> = {
  readonly [Name in keyof Steps]: (
    input: Parameters<Steps[Name]>[0],
    reports?: RefusalReports,
  ) => ReturnType<Steps[Name]>;
};
