/** What an act, its proof and the giving back make of the state of a maintenance: S7 to S9. */

import { assertNever } from '../assert-never.ts';
import type { MaintenanceMark, NodeFactsForMaintenance } from './facts.ts';
import { UNCHANGED_FOR_MS } from './plan.ts';
import { isUnchanged } from './prove.ts';
import {
  type Act,
  type ActHandle,
  type Finish,
  type MaintenanceState,
  NOT_ASKED,
  type Resolution,
  toEnd,
  toGiveBack,
  toStep,
} from './state.ts';

/** S7: the mark says it, and so does the history; the executor begins after that. */
export function afterMarkActing(state: MaintenanceState, mark: MaintenanceMark, nowMs: number): MaintenanceState {
  const attempt = (state.act?.attempt ?? 0) + 1;
  const act: Act = { attempt, startedMs: nowMs, handle: null, ended: null };
  return toStep({ ...state, mark, act, awayMs: 0, reheal: 'not-asked', missing: [] }, 'act', {
    nowMs,
    detail: 'the mark says acting',
  });
}

export function afterActStart(state: MaintenanceState, handle: ActHandle, nowMs: number): MaintenanceState {
  const act = state.act === null ? null : { ...state.act, handle };
  return toStep({ ...state, act }, 'prove', { nowMs, detail: `started with ${handle.executor}` });
}

/** The executor refuses it: whether something happened all the same is looked at as after any act. */
export function afterActRefusal(state: MaintenanceState, detail: string, nowMs: number): MaintenanceState {
  const ended = { atMs: nowMs, isOk: false, detail };
  const act = state.act === null ? null : { ...state.act, ended };
  return toStep({ ...state, act }, 'prove', { nowMs, detail });
}

export interface WatchProgress {
  /** Null where the API server did not answer while it was itself acted upon (M33). */
  readonly facts: NodeFactsForMaintenance | null;
  /** How long it has not answered, in a row; absent where it does. */
  readonly awayMs?: number;
  readonly missing: readonly string[];
  /** The executor's word; null while it has not said anything. */
  readonly ended: Act['ended'];
}

/** S8, after a slice of it that did not prove the node. */
export function afterWatchSlice(
  before: MaintenanceState,
  { facts, awayMs = 0, missing, ended }: WatchProgress,
  nowMs: number,
): MaintenanceState {
  const act = before.act === null ? null : { ...before.act, ended: before.act.ended ?? ended };
  const state = { ...before, after: facts ?? before.after, awayMs, missing, act };
  const failed = act?.ended?.isOk === false ? act.ended : null;
  const { baseline, step } = state;
  if (step !== 'prove' || failed === null || baseline === null || facts === null) return state;
  if (!isUnchanged(baseline, facts)) return state;
  if (nowMs < failed.atMs + UNCHANGED_FOR_MS) return state;
  const detail = `the act failed and the node is as before: ${failed.detail}`;
  return toGiveBack(state, { outcome: 'act-failed', detail }, nowMs);
}

/** The machine was started again: its pods have to prove their network again (M23). */
export function afterReboot(before: MaintenanceState, progress: WatchProgress, nowMs: number): MaintenanceState {
  return { ...afterWatchSlice(before, progress, nowMs), reheal: 'due' };
}

/** S8: the whole expectation held for long enough (M18). */
export function afterProof(
  before: MaintenanceState,
  { facts, ended }: Pick<WatchProgress, 'ended'> & { readonly facts: NodeFactsForMaintenance },
  nowMs: number,
): MaintenanceState {
  const act = before.act === null ? null : { ...before.act, ended: before.act.ended ?? ended };
  const state = { ...before, after: facts, missing: [], act };
  const late = before.step === 'hold' ? ', late' : '';
  const cancelled = before.isCancelled ? '; cancelled after the act had begun' : '';
  return toGiveBack(state, { outcome: 'done', detail: `proven${late}${cancelled}` }, nowMs);
}

/** It stays cordoned and keeps its slot; nothing expires (M19). */
export function afterUnproven(state: MaintenanceState, nowMs: number): MaintenanceState {
  const detail = state.missing.length === 0 ? 'not proven in time' : state.missing.join('; ');
  return { ...toStep(state, 'hold', { nowMs, detail }), awayMs: 0, holdReport: 'due' };
}

export function afterResolution(state: MaintenanceState, resolution: Resolution, nowMs: number): MaintenanceState {
  const resolved = { ...state, resolution: null };
  switch (resolution) {
    case 'retry':
      return { ...toStep(resolved, 'last-look', { nowMs, detail: 'another act was asked for' }), asking: GRANTED };
    case 'give-back':
      return toGiveBack(resolved, { outcome: 'given-back', detail: 'given back by hand, not proven' }, nowMs);
    case 'leave-cordoned':
      return toGiveBack(resolved, { outcome: 'left-cordoned', detail: 'left cordoned by hand' }, nowMs);
    default:
      return assertNever(resolution);
  }
}

/** A person's word goes before the breaker, which this very node has opened. */
const GRANTED = { ...NOT_ASKED, isGranted: true };

/** What was done so far is taken back (M14, M16, M17). */
export function afterUndo(state: MaintenanceState, finish: Finish, nowMs: number): MaintenanceState {
  return state.mark === null ? toEnd(state, finish, nowMs) : toGiveBack(state, finish, nowMs);
}

/** S9. */
export function afterGiveBack(state: MaintenanceState, detail: string, nowMs: number): MaintenanceState {
  const finish = state.finish ?? { outcome: 'given-back', detail };
  const texts = [finish.detail, detail].filter((text) => text !== '');
  return toEnd(state, { ...finish, detail: texts.join('; ') }, nowMs);
}
