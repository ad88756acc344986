/** What the maintenance of a node does next: S1 to S9 as a pure function of its state and the time. */

import { assertNever } from '../assert-never.ts';
import type { AskStage } from './slots.ts';
import { isUndoable, type MaintenanceRules, type MaintenanceState, type Resolution } from './state.ts';

export type MaintenanceAction =
  | { readonly kind: 'observe' }
  | { readonly kind: 'ask'; readonly stage: AskStage }
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'report-wait' }
  | { readonly kind: 'mark' }
  | { readonly kind: 'drain'; readonly forMs: number }
  | { readonly kind: 'detach' }
  | { readonly kind: 'mark-acting' }
  | { readonly kind: 'start-act' }
  | { readonly kind: 'watch'; readonly forMs: number }
  | { readonly kind: 'restart-healing' }
  | { readonly kind: 'report-hold' }
  | { readonly kind: 'resolve'; readonly resolution: Resolution }
  | { readonly kind: 'undo'; readonly outcome: 'aborted' | 'undrained'; readonly detail: string }
  | { readonly kind: 'hold' }
  | { readonly kind: 'give-back' }
  | { readonly kind: 'finish' };

/** Activities that go on for long come back after so long, so that their progress is seen. */
export const SLICE_MS = 300_000;
/** A node that is held may be so for days. */
export const HELD_SLICE_MS = 1_800_000;

/** An act that failed may still have begun a reboot, which takes a while to show. */
export const UNCHANGED_FOR_MS = 120_000;

export function maintenancePlan(state: MaintenanceState, nowMs: number): MaintenanceAction {
  if (state.isOver) return { kind: 'finish' };
  if (state.isCancelled && isUndoable(state)) {
    return { kind: 'undo', outcome: 'aborted', detail: 'cancelled before the act' };
  }
  const { rules } = state;
  if (state.step === 'observe' || rules === null) return { kind: 'observe' };
  if (state.reheal === 'due') return { kind: 'restart-healing' };
  switch (state.step) {
    case 'slot':
      return askOrWait(state, 'take', nowMs) ?? { kind: 'mark' };
    case 'mark':
      return { kind: 'mark' };
    case 'drain':
      if (nowMs >= state.drainUntilMs) return undrained(state, 'not drained within the deadline');
      return { kind: 'drain', forMs: Math.min(SLICE_MS, state.drainUntilMs - nowMs) };
    case 'detach':
      return { kind: 'detach' };
    case 'last-look':
      if (nowMs >= state.drainUntilMs && !state.asking.isGranted) return undrained(state, 'no leave to act in time');
      return askOrWait(state, 'act', nowMs) ?? { kind: 'mark-acting' };
    case 'act':
      return { kind: 'start-act' };
    case 'prove':
      return prove(state, rules, nowMs);
    case 'hold':
      return holdAction(state, rules);
    case 'give-back':
      return { kind: 'give-back' };
    default:
      return assertNever(state.step);
  }
}

/** Who waits for so long is reported on its node, once (M30). */
const WAIT_REPORTED_MS = 900_000;

/** Null where it was granted. */
function askOrWait({ asking, ...state }: MaintenanceState, stage: AskStage, nowMs: number): MaintenanceAction | null {
  const { isGranted, firstAskedMs, nextAskMs, isReported } = asking;
  if (isGranted) return null;
  const reportMs = isReported ? Number.POSITIVE_INFINITY : (firstAskedMs ?? nowMs) + WAIT_REPORTED_MS;
  if (nowMs >= reportMs) return { kind: 'report-wait' };
  if (nowMs >= nextAskMs) return { kind: 'ask', stage };
  const untilMs = stage === 'act' ? Math.min(nextAskMs, state.drainUntilMs) : nextAskMs;
  return { kind: 'wait', untilMs: Math.min(untilMs, reportMs) };
}

function undrained({ asking, missing }: MaintenanceState, what: string): MaintenanceAction {
  const why = [...missing, ...asking.reasons];
  return { kind: 'undo', outcome: 'undrained', detail: why.length === 0 ? what : `${what}: ${why.join('; ')}` };
}

/** Until when the node must be proven: the time counts from the end of the act, or from its deadline. */
export function proveUntilMs({ act, stepSinceMs, reheal }: MaintenanceState, rules: MaintenanceRules): number {
  const endedMs = act?.ended?.atMs ?? (act === null ? stepSinceMs : act.startedMs + rules.actDeadlineMs);
  return endedMs + rules.returnWithinMs + (reheal === 'not-asked' ? 0 : rules.healingMs);
}

function prove(state: MaintenanceState, rules: MaintenanceRules, nowMs: number): MaintenanceAction {
  const untilMs = proveUntilMs(state, rules);
  // Nobody can see when the act of an API server that does not answer has ended (M33).
  if ((state.awayMs ?? 0) >= rules.returnWithinMs) return { kind: 'hold' };
  // After a long silence of ours the node is looked at before it is held.
  if (nowMs >= untilMs && nowMs > state.stepSinceMs) return { kind: 'hold' };
  const failed = state.act?.ended?.isOk === false ? state.act.ended : null;
  const decidedInMs = failed === null ? SLICE_MS : failed.atMs + UNCHANGED_FOR_MS - nowMs;
  const forMs = Math.min(SLICE_MS, untilMs - nowMs, decidedInMs > 0 ? decidedInMs : SLICE_MS);
  // Shorter than it takes to prove the node a look would be in vain.
  return { kind: 'watch', forMs: Math.max(2 * rules.settleMs, forMs) };
}

function holdAction(state: MaintenanceState, rules: MaintenanceRules): MaintenanceAction {
  if (state.holdReport !== 'told') return { kind: 'report-hold' };
  if (state.resolution !== null) return { kind: 'resolve', resolution: state.resolution };
  return { kind: 'watch', forMs: Math.max(2 * rules.settleMs, HELD_SLICE_MS) };
}
