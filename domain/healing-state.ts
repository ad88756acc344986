/** The state of one heal, and how each fact that arrives changes it. Times in milliseconds since 1970. */

import { advance, catchUp, type HealingRules, type HealingWindow, newWindow } from './healing-window.ts';
import { type NodeObservation, nodeFingerprint } from './node-facts.ts';
import { type PodJudgement, proves } from './pod-evidence.ts';

export type HealingPhase = 'healing' | 'waiting-for-ready' | 'stalled' | 'unproven';

export interface HealingPod {
  readonly name: string;
  readonly uid: string;
  readonly attempt: number;
}

export interface HealingState {
  readonly phase: HealingPhase;
  readonly node: NodeObservation;
  readonly window: HealingWindow;
  /** Counted over the life of the heal, so that every pod of it has another name. */
  readonly attempts: number;
  readonly pod: HealingPod | null;
  readonly lastEvidence: (PodJudgement & { readonly atMs: number }) | null;
  readonly lastError: string | null;
  /** When a stalled or unproven heal tries again, or a waiting one looks at its node; null while healing. */
  readonly wakeAtMs: number | null;
  /** Looks since the heal began to wait: each waits twice as long as the one before. */
  readonly looks: number;
}

/** What one attempt did, without the facts of the node. */
export type AttemptNews =
  | { readonly kind: 'created'; readonly pod: HealingPod }
  /** With `pod` the previous one is still there. */
  | { readonly kind: 'rejected'; readonly message: string; readonly pod?: HealingPod }
  | { readonly kind: 'skipped' };

/** @param facts `attempts` counts those of earlier windows; no pod is left of them */
export function beginState(facts: {
  readonly node: NodeObservation;
  readonly attempts: number;
  readonly rules: HealingRules;
  readonly nowMs: number;
}): HealingState {
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
  return { ...state, phase: 'healing', window, lastError: null, wakeAtMs: null, looks: 0 };
}

/** A new observation of the node; an equal one changes nothing (H2). */
export function observe(
  state: HealingState,
  node: NodeObservation,
  at: { readonly rules: HealingRules; readonly nowMs: number },
): HealingState {
  if (nodeFingerprint(node) === nodeFingerprint(state.node)) return withLaterFacts(state, node);
  const seen: HealingState = { ...state, node: withKnownBoot(node, state.node) };
  if (isNotReady(node)) {
    return state.phase === 'waiting-for-ready' ? seen : waitForReady(seen, at.rules, at.nowMs);
  }
  if (state.phase === 'stalled' || state.phase === 'unproven') return { ...seen, wakeAtMs: at.nowMs };
  return seen;
}

/** Facts that call for nothing by themselves are kept all the same. */
function withLaterFacts(state: HealingState, node: NodeObservation): HealingState {
  if (node.kind === 'gone' || state.node.kind === 'gone') return state;
  const known = state.node.facts;
  const { mark, boot = known.boot } = node.facts;
  if (mark === known.mark && boot === known.boot) return state;
  return { ...state, node: withKnownBoot(node, state.node) };
}

/** The starter leaves the boot out of its signal: older workers refuse what they do not know. */
function withKnownBoot(node: NodeObservation, before: NodeObservation): NodeObservation {
  if (node.kind === 'gone' || before.kind === 'gone' || before.facts.boot === undefined) return node;
  if (node.facts.boot !== undefined || node.facts.uid !== before.facts.uid) return node;
  return { kind: 'present', facts: { ...node.facts, boot: before.facts.boot } };
}

/** An attempt that was due at `window.nextAttemptMs` came to its end at `nowMs`. */
export function recordAttempt(
  state: HealingState,
  news: { readonly judgement: PodJudgement | null; readonly outcome: AttemptNews },
  at: { readonly rules: HealingRules; readonly nowMs: number; readonly spread: number },
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
    lastError: outcome.message,
    window: { ...counted.window, rejectedInARow },
  };
}

/** The pod of the state is gone: it was judged, or had vanished (`judgement` null). */
export function recordJudgement(
  state: HealingState,
  judgement: PodJudgement | null,
  at: { readonly rules: HealingRules; readonly nowMs: number },
): HealingState {
  if (judgement === null) return state;
  const lastEvidence = { ...judgement, atMs: at.nowMs };
  const isOfWindow = state.pod !== null && state.pod.attempt > state.window.attemptsBefore;
  if (!isOfWindow || !proves(judgement.level, at.rules.evidence)) return { ...state, lastEvidence };
  const window = { ...state.window, podsProven: state.window.podsProven + 1, lastProofMs: at.nowMs };
  return { ...state, lastEvidence, window };
}

/** Called before each decision: see `catchUp` of the window. */
export function catchUpState(state: HealingState, rules: HealingRules, nowMs: number): HealingState {
  if (state.phase !== 'healing') return state;
  const window = catchUp(state.window, rules, nowMs);
  return window === state.window ? state : { ...state, window };
}

/** Stays open and visible until a restart, a change of the node or the slow retry (H12). */
export function giveUp(
  state: HealingState,
  phase: 'stalled' | 'unproven',
  at: { readonly rules: HealingRules; readonly nowMs: number },
): HealingState {
  return { ...state, phase, wakeAtMs: at.nowMs + at.rules.retryAfterMs };
}

/** NotReady: no attempts, and the window starts anew when the node is Ready again (H8). */
export function waitForReady(state: HealingState, rules: HealingRules, nowMs: number): HealingState {
  return { ...state, phase: 'waiting-for-ready', looks: 0, wakeAtMs: nowMs + rules.intervalMs };
}

/** The node was looked at and is still NotReady. */
export function lookAgainLater(state: HealingState, rules: HealingRules, nowMs: number): HealingState {
  const looks = state.looks + 1;
  const waitMs = Math.min(rules.intervalMs * 2 ** looks, rules.retryAfterMs);
  return { ...state, looks, wakeAtMs: nowMs + waitMs };
}

export function isNotReady(node: NodeObservation): boolean {
  return node.kind === 'present' && !node.facts.ready;
}
