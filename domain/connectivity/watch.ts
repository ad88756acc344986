/** How evaluations become the state of a watch: hysteresis for the cluster, its transitions, pauses. Times in ms. */

import type { NodeUid } from '../node/identity.ts';
import { countAgents } from './messages.ts';
import { forgetStreaks, type NodeWatch, nextNodes, type WatchRules } from './node-alarms.ts';
import type { ConnectivityState, ConnectivityTransition, WatchedState } from './states.ts';
import { unnamedCount, type VerdictFacts } from './verdict.ts';

export type EvaluationFacts =
  | { readonly kind: 'verdict'; readonly verdict: VerdictFacts }
  | { readonly kind: 'unavailable'; readonly message: string };

export type EvaluationResult = 'ok' | 'failing' | 'unavailable';

/** Plain data: carried from run to run. */
export interface WatchState {
  readonly state: WatchedState;
  /** Null while it is not paused. */
  readonly pause: { readonly reason: string | null } | null;
  /**
   * Streak of verdicts with the same result. An evaluation without a verdict neither counts nor interrupts: otherwise
   * a collector that fails now and then would hide every alarm. It and `unavailableInARow` are in the histories of
   * watches, so they keep their names.
   */
  readonly row: { readonly result: 'ok' | 'failing'; readonly count: number } | null;
  readonly unavailableInARow: number;
  /** Result of the last evaluation, and the streak of evaluations that had it. */
  readonly last: { readonly result: EvaluationResult; readonly streak: number } | null;
  readonly evaluations: number;
  readonly nodes: readonly NodeWatch[];
  /** Failing agents that the last verdict counted and did not name. */
  readonly unnamed: number;
  /** The newest last. */
  readonly transitions: readonly ConnectivityTransition[];
  /** Nodes whose healing was restarted, and until when it is not restarted again. */
  readonly restarts: readonly { readonly uid: NodeUid; readonly untilMs: number }[];
}

const TRANSITIONS_MAX = 20;

export function newWatch(): WatchState {
  return {
    state: 'unknown',
    pause: null,
    row: null,
    unavailableInARow: 0,
    last: null,
    evaluations: 0,
    nodes: [],
    unnamed: 0,
    transitions: [],
    restarts: [],
  };
}

export function shownState({ pause, state }: WatchState): ConnectivityState {
  return pause === null ? state : 'paused';
}

/** Takes one due evaluation into account. */
export function applyEvaluation(
  before: WatchState,
  evaluation: EvaluationFacts,
  at: { readonly rules: WatchRules; readonly nowMs: number },
): WatchState {
  const result = resultOf(evaluation);
  const streak = before.last?.result === result ? before.last.streak + 1 : 1;
  const counted = { ...before, evaluations: before.evaluations + 1, last: { result, streak } };
  return evaluation.kind === 'verdict'
    ? applyVerdict(counted, evaluation.verdict, at)
    : applyUnavailable(counted, evaluation.message, at);
}

/** A second pause only changes the reason. */
export function pauseWatch(before: WatchState, reason: string | null, nowMs: number): WatchState {
  const pause = { reason };
  if (before.pause !== null) return { ...before, pause };
  const detail = `paused${reason === null ? '' : `: ${reason}`}`;
  return { ...before, pause, transitions: withTransition(before, { atMs: nowMs, to: 'paused', detail }) };
}

/** Alarms stay as they were, streaks begin again: what was before the pause does not count with what comes. */
export function resumeWatch(before: WatchState, nowMs: number): WatchState {
  if (before.pause === null) return before;
  const transitions = withTransition(before, { atMs: nowMs, to: before.state, detail: 'resumed' });
  return {
    ...before,
    pause: null,
    row: null,
    unavailableInARow: 0,
    last: null,
    nodes: forgetStreaks(before.nodes),
    transitions,
  };
}

function resultOf(evaluation: EvaluationFacts): EvaluationResult {
  if (evaluation.kind === 'unavailable') return 'unavailable';
  return evaluation.verdict.ok ? 'ok' : 'failing';
}

interface Moment {
  readonly rules: WatchRules;
  readonly nowMs: number;
}

function applyVerdict(before: WatchState, verdict: VerdictFacts, at: Moment): WatchState {
  const result = verdict.ok ? 'ok' : 'failing';
  const count = before.row?.result === result ? before.row.count + 1 : 1;
  const judged: WatchState = {
    ...before,
    row: { result, count },
    unavailableInARow: 0,
    nodes: nextNodes(before.nodes, verdict, at),
    unnamed: unnamedCount(verdict),
  };
  if (before.state === result || count < at.rules.failuresToAlarm) return judged;
  const detail = `${count} evaluations in a row: ${countAgents(verdict.counts)}`;
  return { ...judged, state: result, transitions: withTransition(before, { atMs: at.nowMs, to: result, detail }) };
}

function applyUnavailable(before: WatchState, message: string, { rules, nowMs }: Moment): WatchState {
  const unavailableInARow = before.unavailableInARow + 1;
  const counted = { ...before, unavailableInARow };
  if (before.state === 'unknown' || unavailableInARow < rules.failuresToAlarm) return counted;
  const detail = `${unavailableInARow} evaluations in a row gave no verdict: ${message}`;
  // The next verdict begins a streak.
  return {
    ...counted,
    state: 'unknown',
    row: null,
    transitions: withTransition(before, { atMs: nowMs, to: 'unknown', detail }),
  };
}

function withTransition(
  before: WatchState,
  change: Omit<ConnectivityTransition, 'from'>,
): readonly ConnectivityTransition[] {
  return [...before.transitions, { from: shownState(before), ...change }].slice(-TRANSITIONS_MAX);
}
