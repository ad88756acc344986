/** What each observation and answer makes of the state of a maintenance before its act: S1 to S6. */

import type { NodeUid } from '../node/identity.ts';
import type { Baseline, MaintenanceMark, NodeFactsForMaintenance } from './facts.ts';
import { demandsChange, judgeExpectation } from './prove.ts';
import type { AskStage } from './slots.ts';
import {
  type Act,
  type MaintenanceRules,
  type MaintenanceState,
  NOT_ASKED,
  toEnd,
  toGiveBack,
  toStep,
} from './state.ts';

/** The node is not there any more, or another one has its name (M20). */
export type NodeLoss = { readonly kind: 'gone' } | { readonly kind: 'replaced'; readonly uid: NodeUid };

export function afterLoss(state: MaintenanceState, loss: NodeLoss, nowMs: number): MaintenanceState {
  if (loss.kind === 'gone') return toEnd(state, { outcome: 'node-gone', detail: 'the node is gone' }, nowMs);
  const detail = `another node has its name now: ${loss.uid}`;
  return toEnd(state, { outcome: 'node-replaced', detail }, nowMs);
}

/** S1. */
export function afterObservation(
  before: MaintenanceState,
  { facts, rules }: { readonly facts: NodeFactsForMaintenance; readonly rules: MaintenanceRules },
  nowMs: number,
): MaintenanceState {
  const { mark } = facts;
  const state = { ...before, before: facts, rules, baseline: baselineOf(facts) };
  if (mark === 'unreadable') {
    return toEnd(state, { outcome: 'skipped', detail: 'the node bears a mark that is not ours' }, nowMs);
  }
  if (mark !== null) return recover(state, mark, nowMs);
  if (state.recovers) return toEnd(state, { outcome: 'already-done', detail: 'nothing was left' }, nowMs);
  const { expect } = state;
  const proof = judgeExpectation(expect, { baseline: facts, facts });
  if (demandsChange(expect) && proof.isMet) {
    return toEnd(state, { outcome: 'already-done', detail: 'the node is as expected' }, nowMs);
  }
  if (!facts.ready) {
    return toEnd(state, { outcome: 'not-ready-before', detail: 'the node was not Ready before' }, nowMs);
  }
  return toStep(state, 'slot', { nowMs, detail: proof.missing.join('; ') });
}

/** From `draining` it undoes, from `acting` it proves by the expectation of the mark. */
function recover(state: MaintenanceState, mark: MaintenanceMark, nowMs: number): MaintenanceState {
  const { expect } = mark;
  const found = { ...state, mark, expect, recovers: true, hasAsked: true, baseline: baselineOf(mark) };
  if (mark.phase === 'draining') {
    return toGiveBack(found, { outcome: 'given-back', detail: 'it was left before its act' }, nowMs);
  }
  const act: Act = { attempt: 1, startedMs: mark.actingMs ?? mark.sinceMs, handle: null, ended: null };
  return toStep({ ...found, act }, 'prove', { nowMs, detail: 'it was left in its act' });
}

function baselineOf({ kubelet, bootId, controlPlane }: Baseline): Baseline {
  return { kubelet, bootId, ...(controlPlane === undefined ? {} : { controlPlane }) };
}

const ASK_AGAIN_FIRST_MS = 30_000;
const ASK_AGAIN_MAX_MS = 600_000;
const DOUBLINGS_MAX = 8;

export function afterAsking(state: MaintenanceState, nowMs: number): MaintenanceState {
  const { asks, firstAskedMs } = state.asking;
  const pauseMs = Math.min(ASK_AGAIN_MAX_MS, ASK_AGAIN_FIRST_MS * 2 ** Math.min(asks, DOUBLINGS_MAX));
  const asking = {
    ...state.asking,
    asks: asks + 1,
    firstAskedMs: firstAskedMs ?? nowMs,
    nextAskMs: nowMs + pauseMs,
  };
  return { ...state, hasAsked: true, asking };
}

/** The node changed, or the guard is another one: it is asked again at once, or told again of a node that is held. */
export function afterNews(state: MaintenanceState): MaintenanceState {
  const holdReport = state.holdReport === 'told' ? 'again' : state.holdReport;
  return { ...state, holdReport, asking: { ...state.asking, nextAskMs: 0 } };
}

export interface GuardAnswer {
  readonly stage: AskStage;
  readonly isGranted: boolean;
  /** Why not yet, for people. */
  readonly reasons: readonly string[];
}

/** An answer to what is not asked any more changes nothing. */
export function afterAnswer(
  state: MaintenanceState,
  { stage, isGranted, reasons }: GuardAnswer,
  nowMs: number,
): MaintenanceState {
  if (state.step !== (stage === 'take' ? 'slot' : 'last-look')) return state;
  const answered = { ...state, asking: { ...state.asking, isGranted, reasons } };
  return stage === 'take' && isGranted ? toStep(answered, 'mark', { nowMs, detail: 'granted' }) : answered;
}

/** S3. */
export function afterMark(state: MaintenanceState, mark: MaintenanceMark, nowMs: number): MaintenanceState {
  const { rules, drains } = state;
  const drainUntilMs = nowMs + (rules?.drainDeadlineMs ?? 0);
  const detail = mark.cordonedBefore ? 'marked; others had cordoned it before' : 'marked';
  const marked = { ...state, mark, drainUntilMs, asking: NOT_ASKED, missing: [] };
  return toStep(marked, drains ? 'drain' : 'last-look', { nowMs, detail });
}

/** The slot is not ours any more: asked for again. */
export function afterLostSlot(state: MaintenanceState, nowMs: number): MaintenanceState {
  return { ...toStep(state, 'slot', { nowMs, detail: 'the guard does not know the slot' }), asking: NOT_ASKED };
}

export interface DrainProgress {
  readonly evicted: number;
  /** What is still there, or in the way, for people. */
  readonly left: readonly string[];
  readonly hadVolumes: boolean;
}

/** S4, after a slice of it. */
export function afterDrainSlice(
  before: MaintenanceState,
  { evicted, left, hadVolumes }: DrainProgress,
  { isDrained, nowMs }: { readonly isDrained: boolean; readonly nowMs: number },
): MaintenanceState {
  const state = {
    ...before,
    evicted: before.evicted + evicted,
    hadVolumes: before.hadVolumes || hadVolumes,
    missing: left,
  };
  return isDrained ? toStep(state, 'detach', { nowMs, detail: `${state.evicted} pods evicted` }) : state;
}

/** For an answer of the guard, however late the drain was and however long its volumes took. */
const LEAVE_MIN_MS = 30_000;

/** S5. */
export function afterDetach(state: MaintenanceState, detail: string, nowMs: number): MaintenanceState {
  const drainUntilMs = Math.max(state.drainUntilMs, nowMs + LEAVE_MIN_MS);
  return { ...toStep(state, 'last-look', { nowMs, detail }), asking: NOT_ASKED, drainUntilMs };
}
