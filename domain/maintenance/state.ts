/** How far the maintenance of a node is: plain data, carried from run to run. Times in milliseconds since 1970. */

import type { Baseline, Expectation, MaintenanceMark, NodeFactsForMaintenance } from './facts.ts';
import type { NodeOutcomeKind } from './outcome.ts';

/** S1 to S9; `hold`: the node did not come back. */
export const STEPS = [
  'observe',
  'slot',
  'mark',
  'drain',
  'detach',
  'last-look',
  'act',
  'prove',
  'hold',
  'give-back',
] as const;
export type StepName = (typeof STEPS)[number];

export const RESOLUTIONS = ['retry', 'give-back', 'leave-cordoned'] as const;
/** What a person decides about a node that is held. */
export type Resolution = (typeof RESOLUTIONS)[number];

/** Settings of the cluster, read once when the maintenance begins. */
export interface MaintenanceRules {
  readonly drainDeadlineMs: number;
  readonly actDeadlineMs: number;
  readonly returnWithinMs: number;
  /** So much longer a node may take whose pods have to prove their network again (M23). */
  readonly healingMs: number;
  readonly settleMs: number;
}

export interface StepRecord {
  readonly step: StepName;
  readonly fromMs: number;
  readonly toMs: number;
  readonly detail: string;
}

/** The slot, or the leave to act, that is asked for. */
export interface Asking {
  readonly isGranted: boolean;
  readonly firstAskedMs: number | null;
  readonly nextAskMs: number;
  readonly asks: number;
  readonly reasons: readonly string[];
  /** Whether an Event says on the node that it waits. */
  readonly isReported: boolean;
}

/** What an executor gave when it was started; `id` is its own affair. */
export interface ActHandle {
  readonly executor: string;
  readonly id: string;
}

/** Whether the healing of the node was asked to begin again after the machine was started again (M23). */
export type RehealState = 'not-asked' | 'due' | 'asked';

export interface Act {
  /** Counted from 1; a person may ask for another. */
  readonly attempt: number;
  readonly startedMs: number;
  /** Null before the executor was started, and where nobody knows it any more. */
  readonly handle: ActHandle | null;
  readonly ended: { readonly atMs: number; readonly isOk: boolean; readonly detail: string } | null;
}

export interface Finish {
  readonly outcome: NodeOutcomeKind;
  readonly detail: string;
}

export interface MaintenanceState {
  readonly step: StepName;
  readonly stepSinceMs: number;
  readonly steps: readonly StepRecord[];
  /** Set once the node was seen. */
  readonly rules: MaintenanceRules | null;
  readonly expect: Expectation;
  /** Whether the node is drained before the act. */
  readonly drains: boolean;
  /** Undoes or proves what another run left, and acts on nothing. */
  readonly recovers: boolean;
  readonly before: NodeFactsForMaintenance | null;
  readonly after: NodeFactsForMaintenance | null;
  readonly baseline: Baseline | null;
  readonly asking: Asking;
  /** Whether the guard was asked for a slot, and so has to be told of the end. */
  readonly hasAsked: boolean;
  readonly mark: MaintenanceMark | null;
  readonly drainUntilMs: number;
  readonly evicted: number;
  readonly hadVolumes: boolean;
  readonly act: Act | null;
  /** How long the API server that is itself acted upon has not answered, in a row; 0 or absent: it answers (M33). */
  readonly awayMs?: number;
  readonly reheal: RehealState;
  readonly missing: readonly string[];
  /** That the node is held is told to the guard and to people, and `again` to a guard that may not know. */
  readonly holdReport: 'due' | 'again' | 'told';
  readonly resolution: Resolution | null;
  /** Somebody wants it to stop. */
  readonly isCancelled: boolean;
  /** How it will end, once the node is given back, or at once where there is nothing to give back. */
  readonly finish: Finish | null;
  /** The node needs no giving back: it is gone, or was never marked. */
  readonly isOver: boolean;
}

export const NOT_ASKED: Asking = {
  isGranted: false,
  firstAskedMs: null,
  nextAskMs: 0,
  asks: 0,
  reasons: [],
  isReported: false,
};

export function newMaintenance(
  given: Pick<MaintenanceState, 'expect' | 'drains' | 'recovers'>,
  nowMs: number,
): MaintenanceState {
  return {
    ...given,
    step: 'observe',
    stepSinceMs: nowMs,
    steps: [],
    rules: null,
    before: null,
    after: null,
    baseline: null,
    asking: NOT_ASKED,
    hasAsked: false,
    mark: null,
    drainUntilMs: 0,
    evicted: 0,
    hadVolumes: false,
    act: null,
    reheal: 'not-asked',
    missing: [],
    holdReport: 'due',
    resolution: null,
    isCancelled: false,
    finish: null,
    isOver: false,
  };
}

/** Before the first act was begun everything can be undone (M16). */
export function isUndoable({ step, act }: MaintenanceState): boolean {
  return step !== 'give-back' && (act === null || (step === 'act' && act.attempt === 1));
}

const STEPS_KEPT_MAX = 60;
const DETAIL_LENGTH_MAX = 300;

/** Ends the step with what became of it, and begins the next. */
export function toStep(state: MaintenanceState, step: StepName, { nowMs, detail }: StepEnd): MaintenanceState {
  return { ...withStepRecord(state, { nowMs, detail }), step, stepSinceMs: nowMs };
}

export interface StepEnd {
  readonly nowMs: number;
  readonly detail: string;
}

function withStepRecord(state: MaintenanceState, { nowMs, detail }: StepEnd): MaintenanceState {
  const text = detail.slice(0, DETAIL_LENGTH_MAX);
  const record = { step: state.step, fromMs: state.stepSinceMs, toMs: nowMs, detail: text };
  return { ...state, steps: [...state.steps, record].slice(-STEPS_KEPT_MAX) };
}

/** The node is given back, then the maintenance ends. */
export function toGiveBack(state: MaintenanceState, finish: Finish, nowMs: number): MaintenanceState {
  return { ...toStep(state, 'give-back', { nowMs, detail: finish.detail }), finish };
}

/** There is nothing to give back. */
export function toEnd(state: MaintenanceState, finish: Finish, nowMs: number): MaintenanceState {
  return { ...withStepRecord(state, { nowMs, detail: finish.detail }), finish, isOver: true };
}
