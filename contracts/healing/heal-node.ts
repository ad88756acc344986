/** Input, result and status of the workflow `healNode`. */

import type { NotProven } from '../../domain/healing/not-proven.ts';
import type { SignRequirement, SourceFinding } from '../../domain/healing/pod-evidence.ts';
import type { CapOutcome } from '../../domain/healing/startup-taint.ts';
import type { HealingRules } from '../../domain/healing/window.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import type { NodeMark } from '../../domain/node/mark.ts';

/** The rules of the heal; all durations in milliseconds. */
export interface HealingPolicy
  extends Omit<HealingRules, 'evidence' | 'patienceMs' | 'fallback' | 'early' | 'relapse'> {
  readonly evidence: SignRequirement;
  /** Whether the search attributes are registered and may be written. */
  readonly searchAttributes: boolean;
}

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** What the configuration allows, and an input by hand: times beyond it are no dates any more, and no timers. */
export const HEALING_LIMITS = {
  windowMs: { min: SECOND_MS, max: DAY_MS },
  intervalMs: { min: 100, max: DAY_MS },
  errorBudget: { min: 1, max: 1_000 },
  provenPodsMin: { min: 0, max: 10_000 },
  retryAfterMs: { min: SECOND_MS, max: 30 * DAY_MS },
} as const;

/** Self-contained: a heal started by hand with the input of another one runs alike. */
export interface HealNodeInput {
  readonly cluster: string;
  readonly node: NodeName;
  readonly policy: HealingPolicy;
}

export const HEAL_NODE_OUTCOMES = ['healed', 'healed-elsewhere', 'node-gone', 'disabled', 'not-windows'] as const;
export type HealNodeOutcome = (typeof HEAL_NODE_OUTCOMES)[number];

export interface HealNodeResult {
  readonly outcome: HealNodeOutcome;
  readonly attempts: number;
  readonly podsProven: number;
  readonly detail: string;
}

/** A step of a heal that the API server refuses (403, 422): tried again until it is granted. */
export interface StepRefusal {
  /** What was to be done, for people. */
  readonly step: string;
  readonly message: string;
  /** When this step was first refused. */
  readonly sinceMs: number;
}

/** `VigilanteState` of a heal, also the state in the status and in the metrics. */
export const HEAL_STATES = [
  'healing',
  'waiting-for-ready',
  'stalled',
  'unproven',
  'watching',
  'cancelled',
  ...HEAL_NODE_OUTCOMES,
] as const;
export type HealState = (typeof HEAL_STATES)[number];

/** Times in milliseconds since 1970. */
export interface HealingWatchStatus {
  readonly markedMs: number;
  readonly untilMs: number | null;
  /** What the node was marked for. */
  readonly detail: string;
  readonly attempts: number;
  readonly refutedInARow: number;
  /** The mark is kept although the node relapsed, because too many did. */
  readonly isBraked: boolean;
}

/** The startup taint of the node, as far as the heal knows. */
export interface TaintStatus {
  /** Null before a worker has said so. */
  readonly tainted: boolean | null;
  /** When its time is over; null before the creation of the node is known. */
  readonly capAtMs: number | null;
  /** What became of it then; null before. */
  readonly capped: CapOutcome | null;
}

/** Answer of the query `healingStatus`. Times in milliseconds since 1970. */
export interface HealingStatus {
  readonly cluster: string;
  readonly node: string;
  readonly nodeUid: string | null;
  readonly state: HealState;
  /** Counted over the life of the heal, restarts included; `attemptsInWindow` since the window began. */
  readonly attempts: number;
  readonly attemptsInWindow: number;
  readonly podsProven: number;
  readonly provenPodsMin: number;
  readonly rejectedInARow: number;
  readonly errorBudget: number;
  readonly lastError: string | null;
  /** The step that the API server refuses now; missing in the answer of an older worker. */
  readonly refusal?: StepRefusal | null;
  readonly lastEvidence: {
    readonly level: number;
    readonly detail: string;
    readonly podName: string;
    readonly atMs: number;
    /** Which address an echo saw; missing where the pod asked none. */
    readonly source?: SourceFinding;
  } | null;
  /** The newest pod that an echo refuted; missing where there was none. */
  readonly lastRefuted?: SourceFinding | null;
  /** Pods in a row that proved the effect, and how many are needed; missing where the heal ends with its window. */
  readonly streak?: { readonly proofs: number; readonly needed: number };
  /** Judged pods of the window that proved nothing, by the reason; missing as `streak`, or where there was none. */
  readonly notProven?: NotProven;
  /** How often the mark was taken back because the node relapsed; missing as `streak`. */
  readonly relapses?: number;
  /** While watching: when the node was marked, and until when it is watched, null for ever; missing as `streak`. */
  readonly watch?: HealingWatchStatus | null;
  /** Missing where no startup taint is configured, and in the answer of an older worker. */
  readonly taint?: TaintStatus;
  /** What the node's mark is worth; null where it has none; missing in the answer of an older worker. */
  readonly mark?: NodeMark | null;
  readonly windowStartMs: number | null;
  readonly windowEndMs: number | null;
  readonly nextAttemptMs: number | null;
  readonly retryAtMs: number | null;
  /** The pod that exists now as far as the heal knows; the reconcile removes others. */
  readonly pod: { readonly name: string; readonly uid: string; readonly attempt: number } | null;
}
