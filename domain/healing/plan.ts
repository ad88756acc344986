/** What a heal does next: a pure decision over its state, its rules and the time. */

import { assertNever } from '../assert-never.ts';
import type { NodeObservation } from '../node/facts.ts';
import { changedUnseen, isOftenReopened, isUnsteady } from './bounds.ts';
import { isRowComplete } from './early-finish.ts';
import { type HealingState, isNotReady } from './state.ts';
import { type WatchAction, watchPlan } from './watch.ts';
import type { HealingRules, HealingWindow } from './window.ts';

/** Why a heal ends without having healed the node itself. */
export type LeaveReason = 'healed-elsewhere' | 'node-gone' | 'disabled' | 'not-windows';

export type HealingAction =
  | WatchAction
  /** Delete and judge the previous pod, create the next. */
  | { readonly kind: 'attempt' }
  /** The window is over: judge the last pod, remove all, then the node is healed, or unproven. */
  | { readonly kind: 'conclude' }
  | { readonly kind: 'open-window' }
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Look at a node that is not Ready, in case the signal of its change was lost. */
  | { readonly kind: 'look' }
  | { readonly kind: 'stall' }
  /** The window was opened again too often: unproven until the slow retry. */
  | { readonly kind: 'exhaust' }
  /** The name belongs to another node now: remove the pods and start over for that one (H9). */
  | { readonly kind: 'adopt-node' }
  | { readonly kind: 'leave'; readonly outcome: LeaveReason };

/** The newest proof may be at most this many intervals old when the node counts as healed (H6). */
export const PROOF_AGE_INTERVALS_MAX = 2;

export interface HealingMoment {
  /** Of the node that the heal is for; null where it has not seen one. */
  readonly nodeUid: string | null;
  readonly rules: HealingRules;
  readonly nowMs: number;
  /** Whether the bounds of `bounds.ts` hold: not in what a heal did before they were there. */
  readonly bounded: boolean;
}

export function healingPlan(state: HealingState, at: HealingMoment): HealingAction {
  const { node } = state;
  if (node.kind === 'present' && node.facts.uid !== at.nodeUid) return { kind: 'adopt-node' };
  const outcome = leaveReason(node, state.phase === 'watching');
  if (outcome !== null) return { kind: 'leave', outcome };
  switch (state.phase) {
    case 'healing':
      return mustReopen(state, at) ? reopening(state, at) : planInWindow(state, at);
    case 'waiting-for-ready':
      return isNotReady(node) ? wakeOr(state.wakeAtMs, at.nowMs, { kind: 'look' }) : reopening(state, at);
    case 'stalled':
    case 'unproven':
      return wakeOr(mayWake(state, at) ? state.wakeAtMs : (state.retryAtMs ?? null), at.nowMs, { kind: 'open-window' });
    case 'watching':
      return watchPlan(state, at);
    default:
      return assertNever(state.phase);
  }
}

/** Null where the heal of this node has a reason to go on. The mark of a node that is watched is its heal's own. */
export function leaveReason(node: NodeObservation, isWatched = false): LeaveReason | null {
  if (node.kind === 'gone') return 'node-gone';
  if (node.facts.disabled) return 'disabled';
  if (node.facts.healed && !isWatched) return 'healed-elsewhere';
  return node.facts.windows ? null : 'not-windows';
}

/** Whether the pods judged so far prove the node healed, if its window is over (H6), or at once (E16). */
export function isProven(state: HealingState, rules: HealingRules, nowMs: number): boolean {
  if (rules.early !== undefined && !isFallback(state.window, rules))
    return isRowComplete(state.window.row, rules.early);
  // A newer pod that was refuted outweighs every proof before it (E15).
  if (state.window.lastVerdict === 'refuted') return false;
  const { pods, lastMs } = windowProof(state.window, rules);
  if (pods < rules.provenPodsMin) return false;
  if (rules.provenPodsMin === 0) return true;
  return lastMs !== null && nowMs - lastMs <= PROOF_AGE_INTERVALS_MAX * rules.intervalMs;
}

/** What a window has to show, and by which evidence. */
export interface WindowProof {
  /** For people. */
  readonly evidence: string;
  readonly pods: number;
  readonly lastMs: number | null;
}

/** With the fall-back level 2 counts where not one attempt of the window got an answer of an echo (E14). */
export function windowProof(window: HealingWindow, rules: HealingRules): WindowProof {
  const { echoDown } = window;
  if (echoDown !== undefined && isFallback(window, rules)) {
    return { evidence: 'sandbox (no endpoint answered)', pods: echoDown.sandboxes, lastMs: echoDown.lastSandboxMs };
  }
  return { evidence: rules.evidence, pods: window.podsProven, lastMs: window.lastProofMs };
}

function isFallback({ echoDown, attempts }: HealingWindow, { fallback }: HealingRules): boolean {
  return fallback === 'sandbox' && echoDown !== undefined && echoDown.attempts === attempts;
}

function planInWindow(
  state: HealingState,
  at: { readonly rules: HealingRules; readonly nowMs: number },
): HealingAction {
  const { window } = state;
  if (at.rules.early !== undefined && isRowComplete(window.row, at.rules.early)) return { kind: 'conclude' };
  if (window.rejectedInARow >= at.rules.errorBudget) return { kind: 'stall' };
  const isOver = at.nowMs >= window.endMs;
  if (isOver && (isProven(state, at.rules, at.nowMs) || at.nowMs >= window.limitMs)) return { kind: 'conclude' };
  if (at.nowMs >= window.nextAttemptMs) return { kind: 'attempt' };
  const borderMs = isOver ? window.limitMs : window.endMs;
  return { kind: 'wait', untilMs: Math.min(window.nextAttemptMs, borderMs) };
}

/** A window follows changes of the status: a time that always moves while the node stays Ready opens none. */
function mustReopen(state: HealingState, { bounded }: HealingMoment): boolean {
  return changedUnseen(state) && !(bounded && isUnsteady(state));
}

function reopening(state: HealingState, { bounded }: HealingMoment): HealingAction {
  return bounded && isOftenReopened(state) ? { kind: 'exhaust' } : { kind: 'open-window' };
}

/** A change of the node wakes a heal that gave up, as long as it did not do so too often. */
function mayWake(state: HealingState, { bounded }: HealingMoment): boolean {
  return !bounded || !(isOftenReopened(state) || isUnsteady(state));
}

function wakeOr(wakeAtMs: number | null, nowMs: number, action: HealingAction): HealingAction {
  const untilMs = wakeAtMs ?? nowMs;
  return nowMs >= untilMs ? action : { kind: 'wait', untilMs };
}
