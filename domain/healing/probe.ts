/** How an attempt that waits for its pod changes the state of a heal. Times in milliseconds since 1970. */

import { assertNever } from '../assert-never.ts';
import { cutText } from '../cut-text.ts';
import { nextInRowMs, pauseMs, rowAfter } from './early-finish.ts';
import { isHintUnanswered } from './hint.ts';
import { countNotProven, type Silence } from './not-proven.ts';
import { EVIDENCE_LEVEL_REQUIRED, type PodJudgement, proves } from './pod-evidence.ts';
import { type HealingState, TEXT_LENGTH_MAX } from './state.ts';
import { advance, type EchoDown, type HealingRules, type HealingWindow } from './window.ts';

/** What one probe did, without the facts of the node. */
export type ProbeNews =
  | { readonly kind: 'judged'; readonly judgement: PodJudgement; readonly silence?: Silence }
  /** No endpoint answers anybody: only the sandbox of the pod is known (E13). */
  | { readonly kind: 'echo-down'; readonly judgement: PodJudgement }
  /** Somebody else removed the pod. */
  | { readonly kind: 'vanished' }
  | { readonly kind: 'rejected'; readonly message: string }
  | { readonly kind: 'skipped' };

/** A probe that was due at `window.nextAttemptMs` came to its end at `nowMs`; no pod is left of it. */
export function recordProbe(
  state: HealingState,
  news: ProbeNews,
  at: { readonly rules: HealingRules; readonly nowMs: number; readonly spread: number },
): HealingState {
  const { rules, nowMs } = at;
  const window = withoutOutage(state.window, rules, nowMs);
  if (news.kind === 'skipped') return { ...state, window: { ...window, nextAttemptMs: nowMs + rules.intervalMs } };
  const advanced = withCounts(advance(window, rules, at.spread), news, rules);
  const nextAttemptMs = nextProbeMs(advanced, news, { ...at, isHinted: isHintUnanswered(state.window) });
  const counted: HealingState = {
    ...state,
    attempts: state.attempts + 1,
    window: { ...advanced, nextAttemptMs, rejectedInARow: 0 },
    lastError: null,
  };
  switch (news.kind) {
    case 'vanished':
      return counted;
    case 'rejected':
      return {
        ...counted,
        lastError: cutText(news.message, TEXT_LENGTH_MAX),
        window: { ...counted.window, rejectedInARow: window.rejectedInARow + 1 },
      };
    case 'judged':
      return judged(counted, news.judgement, at);
    case 'echo-down': {
      const lastEvidence = { ...bounded(news.judgement), atMs: nowMs };
      const passedMs = nextAttemptMs - window.nextAttemptMs;
      return { ...counted, lastEvidence, window: moved(counted.window, { passedMs, rules, news, nowMs }) };
    }
    default:
      return assertNever(news);
  }
}

function withCounts(window: HealingWindow, news: ProbeNews, { early }: HealingRules): HealingWindow {
  if (news.kind !== 'judged' || news.judgement.source === undefined) return window;
  const { source } = news.judgement;
  const { row: before, ...rest } = window;
  const row = rowAfter(before, source);
  const notProven = early === undefined ? undefined : countNotProven(window.notProven, source, news.silence);
  return { ...rest, ...(row === undefined ? {} : { row }), ...(notProven === undefined ? {} : { notProven }) };
}

/** @param window in which this probe is counted */
function nextProbeMs(
  window: HealingWindow,
  news: ProbeNews,
  at: { readonly rules: HealingRules; readonly nowMs: number; readonly spread: number; readonly isHinted: boolean },
): number {
  const { rules, nowMs, spread } = at;
  // A quota that refuses pods is not asked more often: the budget of errors is meant for this interval.
  if (rules.early === undefined || news.kind === 'rejected') return Math.max(window.nextAttemptMs, nowMs);
  const isProof = news.kind === 'judged' && news.judgement.source?.verdict === 'proven';
  if (isProof && window.row !== undefined) return nextInRowMs(window.row, rules.early, nowMs);
  if (at.isHinted) return nowMs;
  const spreadMs = window.attempts === 1 ? Math.round((rules.early.intervalFirstMs * spread) / 2) : 0;
  return nowMs + pauseMs(nowMs - (window.pacedFromMs ?? window.startMs), rules.early, rules.intervalMs) + spreadMs;
}

function judged(
  state: HealingState,
  judgement: PodJudgement,
  { rules, nowMs }: { readonly rules: HealingRules; readonly nowMs: number },
): HealingState {
  const { source } = judgement;
  const isProof = proves(judgement.level, rules.evidence);
  return {
    ...state,
    lastEvidence: { ...bounded(judgement), atMs: nowMs },
    ...(source?.verdict === 'refuted' ? { lastRefuted: source } : {}),
    window: {
      ...state.window,
      ...(source === undefined || source.verdict === 'silent' ? {} : { lastVerdict: source.verdict }),
      ...(isProof ? { podsProven: state.window.podsProven + 1, lastProofMs: nowMs } : {}),
    },
  };
}

/**
 * A probe may take its patience. What is later than that was an outage, in which the node was not cared for, and moves
 * the window (H11).
 */
function withoutOutage(window: HealingWindow, rules: HealingRules, nowMs: number): HealingWindow {
  const lateMs = nowMs - window.nextAttemptMs - (rules.patienceMs ?? 0);
  if (lateMs <= rules.intervalMs) return window;
  const { endMs, limitMs } = window;
  return { ...window, nextAttemptMs: nowMs, endMs: endMs + lateMs, limitMs: limitMs + lateMs };
}

/** The time in which no echo answered moves the window, by its own length at most. */
function moved(
  window: HealingWindow,
  probe: {
    readonly passedMs: number;
    readonly rules: HealingRules;
    readonly news: { readonly judgement: PodJudgement };
    readonly nowMs: number;
  },
): HealingWindow {
  const { rules, nowMs } = probe;
  const before: EchoDown = window.echoDown ?? { attempts: 0, movedMs: 0, sandboxes: 0, lastSandboxMs: null };
  const byMs = Math.min(probe.passedMs, rules.windowMs - before.movedMs);
  const isReady = probe.news.judgement.level >= EVIDENCE_LEVEL_REQUIRED.sandbox;
  return {
    ...window,
    endMs: window.endMs + byMs,
    limitMs: window.limitMs + byMs,
    echoDown: {
      attempts: before.attempts + 1,
      movedMs: before.movedMs + byMs,
      sandboxes: before.sandboxes + (isReady ? 1 : 0),
      lastSandboxMs: isReady ? nowMs : before.lastSandboxMs,
    },
  };
}

function bounded(judgement: PodJudgement): PodJudgement {
  return { ...judgement, detail: cutText(judgement.detail, TEXT_LENGTH_MAX) };
}
