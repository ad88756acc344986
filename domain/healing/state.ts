/** The state of one heal, and how each fact that arrives changes it. Times in milliseconds since 1970. */

import { cutText } from '../cut-text.ts';
import { type NodeObservation, nodeFingerprint } from '../node/facts.ts';
import { withKnownFacts, withLaterFacts } from '../node/news.ts';
import { changedUnseen } from './bounds.ts';
import { hinted, isHinted } from './hint.ts';
import { type PodJudgement, proves, type SourceFinding } from './pod-evidence.ts';
import type { HealingWatch } from './relapse.ts';
import { advance, catchUp, type HealingRules, type HealingWindow, type Moment, newWindow } from './window.ts';

/** `watching`: the node is marked, and looked at for a relapse. */
export type HealingPhase = 'healing' | 'waiting-for-ready' | 'stalled' | 'unproven' | 'watching';

export interface HealingPod {
  readonly name: string;
  readonly uid: string;
  readonly attempt: number;
  /** Deleted and judged already; finalizers of others keep its object. */
  readonly held?: boolean;
}

export interface HealingState {
  readonly phase: HealingPhase;
  readonly node: NodeObservation;
  readonly window: HealingWindow;
  /** Counted over the life of the heal, so that every pod of it has another name. */
  readonly attempts: number;
  readonly pod: HealingPod | null;
  readonly lastEvidence: (PodJudgement & { readonly atMs: number }) | null;
  /** The newest pod that an echo refuted; missing: none. */
  readonly lastRefuted?: SourceFinding;
  readonly lastError: string | null;
  /** When a stalled or unproven heal tries again, or a waiting one looks at its node; null while healing. */
  readonly wakeAtMs: number | null;
  /** Looks since the heal began to wait: each waits twice as long as the one before. */
  readonly looks: number;
  /** When a heal that gave up tries again, whatever its node does before; missing where it did not give up. */
  readonly retryAtMs?: number;
  /** Windows opened again before one came to its end; missing: none. See `bounds.ts`. */
  readonly reopenings?: number;
  /** The newest of them without a NotReady between them. */
  readonly unseenChanges?: number;
  /** Its window was opened again too often: no change of the node wakes it before the retry. */
  readonly exhausted?: boolean;
  /** Only while watching. */
  readonly watch?: HealingWatch;
  /** How often the mark was taken back because the node relapsed; missing: never. */
  readonly relapses?: number;
}

/** The texts of a state go into the history of each run, and into every answer. */
export const TEXT_LENGTH_MAX = 1_000;

/** What one attempt did, without the facts of the node. */
export type AttemptNews =
  | { readonly kind: 'created'; readonly pod: HealingPod }
  /** With `pod` the previous one is still there. */
  | { readonly kind: 'rejected'; readonly message: string; readonly pod?: HealingPod }
  | { readonly kind: 'skipped' };

/** @param facts `attempts` counts those of earlier windows; no pod is left of them */
export function beginState(
  facts: Moment & { readonly node: NodeObservation; readonly attempts: number },
): HealingState {
  const { node, attempts, rules, nowMs } = facts;
  const blank: HealingState = {
    phase: 'healing',
    node,
    window: newWindow({ node, attemptsBefore: attempts, rules, nowMs }),
    attempts,
    pod: null,
    lastEvidence: null,
    lastError: null,
    wakeAtMs: null,
    looks: 0,
  };
  return isNotReady(node) ? waitForReady(blank, rules, nowMs) : blank;
}

/** A full new window: counters of the window and errors cleared, the last pod and the evidence kept. */
export function openWindow(state: HealingState, rules: HealingRules, nowMs: number): HealingState {
  const window = newWindow({ node: state.node, attemptsBefore: state.attempts, rules, nowMs });
  const { retryAtMs, exhausted: _, ...rest } = state;
  // A change of the node may wake a heal that gave up before its time: then it counts.
  const isRetry = isGivenUp(state) && retryAtMs !== undefined && nowMs >= retryAtMs;
  const counts = isRetry ? { reopenings: 0, unseenChanges: 0 } : countedReopening(state);
  const opened: HealingState = {
    ...rest,
    ...counts,
    phase: 'healing',
    window,
    lastError: null,
    wakeAtMs: null,
    looks: 0,
  };
  return isNotReady(state.node) ? waitForReady(opened, rules, nowMs) : opened;
}

function countedReopening(state: HealingState): Required<Pick<HealingState, 'reopenings' | 'unseenChanges'>> {
  const { reopenings = 0, unseenChanges = 0 } = state;
  const isUnseen = state.phase !== 'waiting-for-ready' && changedUnseen(state);
  return { reopenings: reopenings + 1, unseenChanges: isUnseen ? unseenChanges + 1 : unseenChanges };
}

/** A new observation of the node; an equal one changes nothing (H2). */
export function observe(state: HealingState, node: NodeObservation, at: Moment): HealingState {
  const seen = observed(state, node, at);
  return at.rules.early !== undefined && isHinted(state.node, node) ? hinted(seen, at.nowMs) : seen;
}

function observed(state: HealingState, node: NodeObservation, at: Moment): HealingState {
  if (nodeFingerprint(node) === nodeFingerprint(state.node)) return withLaterFacts(state, node);
  const seen: HealingState = { ...state, node: withKnownFacts(node, state.node) };
  if (state.exhausted === true) return seen;
  if (state.phase === 'watching') return seen;
  if (isNotReady(node)) {
    return state.phase === 'waiting-for-ready' ? seen : waitForReady(seen, at.rules, at.nowMs);
  }
  return isGivenUp(state) ? { ...seen, wakeAtMs: at.nowMs } : seen;
}

/** An attempt that was due at `window.nextAttemptMs` came to its end at `nowMs`. */
export function recordAttempt(
  state: HealingState,
  news: { readonly judgement: PodJudgement | null; readonly outcome: AttemptNews },
  at: Moment & { readonly spread: number },
): HealingState {
  const judged = recordJudgement(state, news.judgement, at);
  const { outcome } = news;
  const window = catchUp(judged.window, at.rules, at.nowMs);
  if (outcome.kind === 'skipped') {
    return { ...judged, window: { ...window, nextAttemptMs: at.nowMs + at.rules.intervalMs } };
  }
  const counted: HealingState = {
    ...judged,
    attempts: judged.attempts + 1,
    window: advance(window, at.rules, at.spread),
  };
  if (outcome.kind === 'created') {
    return { ...counted, pod: outcome.pod, lastError: null, window: { ...counted.window, rejectedInARow: 0 } };
  }
  const rejectedInARow = counted.window.rejectedInARow + 1;
  return {
    ...counted,
    pod: outcome.pod ?? null,
    lastError: cutText(outcome.message, TEXT_LENGTH_MAX),
    window: { ...counted.window, rejectedInARow },
  };
}

/** The pod of the state is gone: it was judged, or had vanished (`judgement` null). */
export function recordJudgement(state: HealingState, judgement: PodJudgement | null, at: Moment): HealingState {
  if (judgement === null) return state;
  const detail = cutText(judgement.detail, TEXT_LENGTH_MAX);
  const lastEvidence = { ...judgement, detail, atMs: at.nowMs };
  const isOfWindow = state.pod !== null && state.pod.attempt > state.window.attemptsBefore;
  if (!isOfWindow || !proves(judgement.level, at.rules.evidence)) return { ...state, lastEvidence };
  const window = { ...state.window, podsProven: state.window.podsProven + 1, lastProofMs: at.nowMs };
  return { ...state, lastEvidence, window };
}

/** Called before each decision; see `catchUp` in window.ts. */
export function catchUpState(state: HealingState, rules: HealingRules, nowMs: number): HealingState {
  if (state.phase !== 'healing') return state;
  const window = catchUp(state.window, rules, nowMs);
  return window === state.window ? state : { ...state, window };
}

/** NotReady: no attempts, and a new window starts when the node is Ready again (H8). */
export function waitForReady(state: HealingState, rules: HealingRules, nowMs: number): HealingState {
  return { ...state, phase: 'waiting-for-ready', looks: 0, wakeAtMs: nowMs + rules.intervalMs, unseenChanges: 0 };
}

function isGivenUp({ phase }: HealingState): boolean {
  return phase === 'stalled' || phase === 'unproven';
}

export function isNotReady(node: NodeObservation): boolean {
  return node.kind === 'present' && !node.facts.ready;
}
