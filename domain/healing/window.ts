/** The window of a heal: when attempts are due, what they proved, when it ends. Times in milliseconds since 1970. */

import type { NodeObservation } from '../node/facts.ts';
import type { EarlyFinish, ProofRow } from './early-finish.ts';
import type { NotProven } from './not-proven.ts';
import type { EvidenceRequirement, Verdict } from './pod-evidence.ts';
import type { RelapseRules } from './relapse.ts';

export interface HealingRules {
  readonly windowMs: number;
  readonly intervalMs: number;
  readonly errorBudget: number;
  readonly evidence: EvidenceRequirement;
  readonly provenPodsMin: number;
  /** A stalled or unproven heal tries a new window after this long; a waiting one looks at its node as often. */
  readonly retryAfterMs: number;
  /** How long a probing pod may take, an image pull included; missing where pods are not waited for. */
  readonly patienceMs?: number;
  /** What counts while no endpoint answers anybody; missing: nothing. */
  readonly fallback?: EchoFallback;
  /** Missing: the heal ends with its window. */
  readonly early?: EarlyFinish;
  /** Missing: a node is not watched once it is marked. Counts with `early` only. */
  readonly relapse?: RelapseRules;
}

/** Time in milliseconds since 1970. */
export interface Moment {
  readonly rules: HealingRules;
  readonly nowMs: number;
}

export const ECHO_FALLBACKS = ['none', 'sandbox'] as const;
/** `sandbox`: where no attempt of a window got an answer, because every echo was down, level 2 decides (E14). */
export type EchoFallback = (typeof ECHO_FALLBACKS)[number];

/** The window extends up to this many times its length before the heal is unproven (H6). */
export const WINDOW_LENGTHS_MAX = 2;

export interface HealingWindow {
  readonly startMs: number;
  readonly endMs: number;
  /** End of all extensions. Both move when no attempt was possible for a while. */
  readonly limitMs: number;
  readonly nextAttemptMs: number;
  readonly attempts: number;
  /** Attempts of the heal before the window opened: what their pods prove does not count in this window. */
  readonly attemptsBefore: number;
  readonly podsProven: number;
  readonly lastProofMs: number | null;
  readonly rejectedInARow: number;
  /** `readyChangedMs` of the node when the window opened: another value means that it was NotReady since. */
  readonly readyChangedMs: number | null;
  /** Machine and boot when the window opened; missing where unknown. What pods proved is true for these only. */
  readonly boot?: string;
  /** Attempts that were not judged, because no endpoint answered anybody; missing: none. */
  readonly echoDown?: EchoDown;
  /** Of the newest pod that showed one or the other; missing: none did. A silent pod takes nothing back. */
  readonly lastVerdict?: Exclude<Verdict, 'silent'>;
  /** From when the pauses grow, after a hint; missing: from the start of the window. */
  readonly pacedFromMs?: number;
  /** Missing: the newest judged pod was not proven. */
  readonly row?: ProofRow;
  /** Judged pods of the window that proved nothing; missing: none, or the heal does not end early. */
  readonly notProven?: NotProven;
}

export interface EchoDown {
  readonly attempts: number;
  /** By how much the window was moved for them: at most its own length. */
  readonly movedMs: number;
  /** Pods among them whose sandbox with network was ready. */
  readonly sandboxes: number;
  readonly lastSandboxMs: number | null;
}

export function newWindow(opening: {
  readonly node: NodeObservation;
  readonly attemptsBefore: number;
  readonly rules: HealingRules;
  readonly nowMs: number;
}): HealingWindow {
  const { node, attemptsBefore, rules, nowMs } = opening;
  return {
    startMs: nowMs,
    endMs: nowMs + rules.windowMs,
    limitMs: nowMs + rules.windowMs * WINDOW_LENGTHS_MAX,
    nextAttemptMs: nowMs,
    attempts: 0,
    attemptsBefore,
    podsProven: 0,
    lastProofMs: null,
    rejectedInARow: 0,
    readyChangedMs: node.kind === 'present' ? node.facts.readyChangedMs : null,
    ...(node.kind === 'present' && node.facts.boot !== undefined ? { boot: node.facts.boot } : {}),
  };
}

/**
 * Time in which no attempt was possible moves the window by as much: it was not cared for (H11). Lateness of up to
 * one interval is not counted, so that the cadence stays.
 */
export function catchUp(window: HealingWindow, rules: HealingRules, nowMs: number): HealingWindow {
  const lateMs = nowMs - window.nextAttemptMs;
  if (lateMs <= rules.intervalMs) return window;
  const { endMs, limitMs } = window;
  return { ...window, nextAttemptMs: nowMs, endMs: endMs + lateMs, limitMs: limitMs + lateMs };
}

/**
 * The attempt that was due has been made; the next one is due an interval later, counted from when this one was due.
 * Between the first and the second lie up to one and a half intervals, so that a burst of nodes spreads (H16).
 *
 * @param spread fraction in [0, 1), fixed for a node
 */
export function advance(window: HealingWindow, rules: HealingRules, spread: number): HealingWindow {
  const stepMs = window.attempts === 0 ? Math.round(rules.intervalMs * (1 + spread / 2)) : rules.intervalMs;
  return { ...window, attempts: window.attempts + 1, nextAttemptMs: window.nextAttemptMs + stepMs };
}
