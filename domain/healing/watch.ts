/** Watches a marked node: attempts now and then, until its window ends or for ever (E22 to E25). */

import { cutText } from '../cut-text.ts';
import type { NodeObservation } from '../node/facts.ts';
import { isForeignMark } from '../node/mark.ts';
import type { ProbeNews } from './probe.ts';
import { type HealingWatch, isRelapseSign, type RelapseRules } from './relapse.ts';
import { type HealingState, isNotReady, TEXT_LENGTH_MAX, waitForReady } from './state.ts';
import { type HealingRules, type Moment, newWindow } from './window.ts';

/** What a heal does next whose node is marked. */
export type WatchAction =
  | { readonly kind: 'attempt' }
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Enough pods in a row were refuted by the node's own address: take the mark back. */
  | { readonly kind: 'relapse' }
  /** The mark is gone, or does not count any more: a new window, once the API server confirms it. */
  | { readonly kind: 'begin-again' }
  | { readonly kind: 'end-watch' };

/** Null where nothing is to be watched: the heal ends with its mark. */
export function watchRules({ early, relapse }: HealingRules): RelapseRules | null {
  return early === undefined || relapse === undefined || relapse.watch === 'off' ? null : relapse;
}

/** The node was just marked. Null where it is not watched. */
export function beginWatch(state: HealingState, { rules, nowMs }: Moment, detail: string): HealingState | null {
  const relapse = watchRules(rules);
  if (relapse === null || (relapse.watch === 'window' && nowMs >= state.window.endMs)) return null;
  return watching(state, { markedMs: nowMs, detail, nextAttemptMs: nowMs + pauseMs(state, relapse, nowMs) });
}

/**
 * The node was marked by an earlier heal, whose window is known by the time of the mark. Null where the rules do not
 * ask for a watch without end, or the mark is no proof of ours for this machine.
 *
 * @param state of a heal that has just begun
 * @param spread fraction in [0, 1), so that the nodes of a cluster are not probed all at once
 */
export function resumeWatch(state: HealingState, at: Moment & { readonly spread: number }): HealingState | null {
  const { rules, nowMs, spread } = at;
  const { node } = state;
  if (watchRules(rules)?.watch !== 'always' || node.kind === 'gone') return null;
  if (!node.facts.healed || node.facts.mark !== 'proven') return null;
  const markedMs = node.facts.markedMs ?? nowMs;
  const window = newWindow({ node, attemptsBefore: state.attempts, rules, nowMs: markedMs });
  const nextAttemptMs = nowMs + Math.round(spread * (watchRules(rules)?.intervalMs ?? 0));
  return watching({ ...state, window }, { markedMs, detail: 'marked by an earlier heal', nextAttemptMs });
}

/** The node as this heal marked it: every cache may show it without the mark for a while. */
export function withMark(state: HealingState): HealingState {
  const { node } = state;
  if (node.kind === 'gone') return state;
  return { ...state, node: { kind: 'present', facts: { ...node.facts, healed: true, mark: 'proven' } } };
}

/** When the watch ends; null where it does not. */
export function watchEndMs({ window }: HealingState, rules: HealingRules): number | null {
  return watchRules(rules)?.watch === 'window' ? window.endMs : null;
}

export function watchPlan(state: HealingState, { rules, nowMs }: Moment): WatchAction {
  const { node, watch } = state;
  const endMs = watchEndMs(state, rules);
  const relapse = watchRules(rules);
  if (watch === undefined || relapse === null) return { kind: 'end-watch' };
  // A mark that the brake kept is not left behind as if it were true.
  const isEnding = endMs !== null && !watch.isBraked;
  const isOver = isEnding && nowMs >= endMs;
  if (mustBeginAgain(node, isOver || nowMs - watch.markedMs >= relapse.intervalMs)) return { kind: 'begin-again' };
  if (watch.isRelapsed) return { kind: 'relapse' };
  if (isOver) return { kind: 'end-watch' };
  if (nowMs >= watch.nextAttemptMs) return { kind: 'attempt' };
  return { kind: 'wait', untilMs: isEnding ? Math.min(watch.nextAttemptMs, endMs) : watch.nextAttemptMs };
}

/** A watch attempt came to its end at `nowMs`. What was not judged leaves the row as it was. */
export function recordWatch(state: HealingState, news: ProbeNews, { rules, nowMs }: Moment): HealingState {
  const relapse = watchRules(rules);
  const { watch } = state;
  if (watch === undefined || relapse === null) return state;
  const nextAttemptMs = nowMs + pauseMs(state, relapse, nowMs);
  if (news.kind === 'skipped') return { ...state, watch: { ...watch, nextAttemptMs } };
  const tried: HealingWatch = { ...watch, attempts: watch.attempts + 1, nextAttemptMs };
  const counted: HealingState = {
    ...state,
    attempts: state.attempts + 1,
    lastError: news.kind === 'rejected' ? cutText(news.message, TEXT_LENGTH_MAX) : null,
    watch: tried,
  };
  if (news.kind !== 'judged' && news.kind !== 'echo-down') return counted;
  const detail = cutText(news.judgement.detail, TEXT_LENGTH_MAX);
  const lastEvidence = { ...news.judgement, detail, atMs: nowMs };
  const { source } = news.judgement;
  if (news.kind === 'echo-down' || source === undefined) return { ...counted, lastEvidence };
  const refutedInARow = isRelapseSign(source) ? watch.refutedInARow + 1 : 0;
  return {
    ...counted,
    lastEvidence,
    ...(source.verdict === 'refuted' ? { lastRefuted: source } : {}),
    watch: {
      ...tried,
      refutedInARow,
      isRelapsed: refutedInARow >= relapse.refutedInARow,
      isBraked: watch.isBraked && refutedInARow > 0,
    },
  };
}

/** The mark was taken back: a new window from now. Its bounds begin anew, as those of a heal that was started. */
export function relapsed(state: HealingState, node: NodeObservation, { rules, nowMs }: Moment): HealingState {
  const { watch: _, reopenings: __, unseenChanges: ___, ...rest } = state;
  const begun: HealingState = {
    ...rest,
    phase: 'healing',
    node,
    window: newWindow({ node, attemptsBefore: state.attempts, rules, nowMs }),
    lastError: null,
    wakeAtMs: null,
    looks: 0,
    relapses: (state.relapses ?? 0) + 1,
  };
  return isNotReady(node) ? waitForReady(begun, rules, nowMs) : begun;
}

/** The mark was kept, and is tried to be taken back again after the next attempt. */
export function keptMark(state: HealingState, isBraked: boolean): HealingState {
  const { watch } = state;
  if (watch === undefined) return state;
  return { ...state, watch: { ...watch, isRelapsed: false, isBraked: watch.isBraked || isBraked } };
}

/**
 * A mark that ends with NotReady is taken back when the node can be healed. One that changes of the machine have ended may
 * be so again and again, where the kubelet reports another boot all the time.
 */
function mustBeginAgain(node: NodeObservation, isSettled: boolean): boolean {
  if (node.kind === 'gone' || node.facts.healed || !node.facts.ready) return false;
  return isSettled || !isForeignMark(node.facts.mark);
}

function watching(
  state: HealingState,
  watch: Pick<HealingWatch, 'markedMs' | 'detail' | 'nextAttemptMs'>,
): HealingState {
  const begun = { attempts: 0, refutedInARow: 0, isRelapsed: false, isBraked: false };
  return { ...state, phase: 'watching', lastError: null, wakeAtMs: null, watch: { ...watch, ...begun } };
}

function pauseMs(state: HealingState, { intervalMs, intervalLaterMs }: RelapseRules, nowMs: number): number {
  return nowMs < state.window.endMs || state.watch?.isBraked === true ? intervalMs : intervalLaterMs;
}
