/** What the upgrade of a cluster does next: a pure function of its state and the time. */

import { haltDetail } from './cluster-progress.ts';
import { hasTaken, stepsLeft, type UpgradeFinish, type UpgradeState } from './cluster-state.ts';
import type { UpgradePart } from './order.ts';
import type { PlannedStep } from './rules.ts';
import { nextWave, soakBefore, type WaveStage } from './waves.ts';

export type UpgradeAction =
  | { readonly kind: 'look' }
  | { readonly kind: 'check'; readonly moment: 'survey' | 'before-acts' | 'before-wave' }
  | { readonly kind: 'look-at-approvals'; readonly part: UpgradePart }
  /** Which pods are broken before anything is done. */
  | { readonly kind: 'note-broken' }
  | { readonly kind: 'soak'; readonly needMs: number }
  | { readonly kind: 'begin-stage'; readonly stage: WaveStage }
  | { readonly kind: 'take'; readonly steps: readonly PlannedStep[] }
  /** Until kube-proxy has followed the control plane. */
  | { readonly kind: 'await-proxy' }
  | { readonly kind: 'after-check' }
  /** `untilMs`: null where only a person or a node can move it on. */
  | { readonly kind: 'wait'; readonly untilMs: number | null }
  | { readonly kind: 'end'; readonly finish: UpgradeFinish }
  | { readonly kind: 'finish' };

/** @param mode a survey looks and checks, and ends before anything is written (M8). */
export function upgradeAction(state: UpgradeState, mode: 'survey' | 'upgrade', nowMs: number): UpgradeAction {
  if (state.finish !== null) return { kind: 'finish' };
  if (state.isAborted) return { kind: 'end', finish: { outcome: 'aborted', detail: abortDetail(state) } };
  // A survey is asked again by whoever wants to know.
  if (mode === 'survey' && state.halt !== null) {
    return { kind: 'end', finish: { outcome: 'blocked', detail: haltDetail(state.halt) } };
  }
  if (state.halt !== null && nowMs < state.halt.againMs) return { kind: 'wait', untilMs: state.halt.againMs };
  if (state.problems.length > 0) return { kind: 'wait', untilMs: null };
  if (state.view === null || !state.isLooked) return { kind: 'look' };
  const [next] = stepsLeft(state);
  if (mode === 'survey') return surveyAction(state, next);
  if (next === undefined) return endAction(state);
  if (state.pause !== null && nowMs < state.pause.untilMs) return { kind: 'wait', untilMs: state.pause.untilMs };
  return prepareAction(state, partOf(next)) ?? stepAction(state, next);
}

export function partOf({ isWorker }: PlannedStep): UpgradePart {
  return isWorker ? 'workers' : 'control-plane';
}

/** When approvals end that the rest of the run still needs: they are looked at again before each part. Null where none do. */
export function neededApprovalUntilMs(
  { approved, approvalUntilMs }: Pick<UpgradeState, 'approved' | 'approvalUntilMs'>,
  left: readonly PlannedStep[],
): number | null {
  return left.some((step) => partOf(step) !== approved?.part) ? approvalUntilMs : null;
}

function surveyAction(state: UpgradeState, next: PlannedStep | undefined): UpgradeAction {
  if (!state.isChecked) return { kind: 'check', moment: 'survey' };
  const finish: UpgradeFinish =
    next === undefined
      ? { outcome: 'already-done', detail: 'everything has the versions that are asked for' }
      : { outcome: 'done', detail: `surveyed: ${stepsLeft(state).length} steps, nothing was written` };
  return { kind: 'end', finish };
}

/** What must be so before any step; null where all of it is. */
function prepareAction(state: UpgradeState, part: UpgradePart): UpgradeAction | null {
  if (!state.isChecked) return { kind: 'check', moment: state.wasChecked ? 'before-wave' : 'before-acts' };
  if (state.approved?.part !== part) return { kind: 'look-at-approvals', part };
  return state.brokenBefore === null ? { kind: 'note-broken' } : null;
}

/** The control plane step by step, the workers in waves. */
function stepAction(state: UpgradeState, next: PlannedStep): UpgradeAction {
  if (next.phase === 'kube-proxy') return { kind: 'await-proxy' };
  if (!next.isWorker) return { kind: 'take', steps: [next] };
  const { view, stage } = state;
  if (view === null) return { kind: 'look' };
  const wave = nextWave({ ...view, stage, todo: workersAhead(state), doneGroups: doneGroups(state) });
  if (wave.stage === stage) return { kind: 'take', steps: wave.steps };
  const needMs = doneGroups(state).length === 0 ? 0 : soakBefore(wave.stage, view.rules, stage);
  const isSoaked = needMs === 0 || (state.soak !== null && state.soak.provenMs >= needMs);
  return isSoaked ? { kind: 'begin-stage', stage: wave.stage } : { kind: 'soak', needMs };
}

/** Those before the next step of the control plane: workers that would be too old come before it. */
function workersAhead(state: UpgradeState): readonly PlannedStep[] {
  const steps = stepsLeft(state);
  const border = steps.findIndex(({ isWorker }) => !isWorker);
  return border === -1 ? steps : steps.slice(0, border);
}

/** Since the control plane was last taken: workers that came before it were no canaries of what comes after it. */
function doneGroups({ records }: UpgradeState): readonly string[] {
  return records
    .slice(records.findLastIndex(({ isWorker }) => !isWorker) + 1)
    .filter(({ isWorker, outcome }) => isWorker && outcome === 'done')
    .map(({ group }) => group);
}

function endAction(state: UpgradeState): UpgradeAction {
  if (!hasTaken(state) && state.passedOver.length === 0) {
    return {
      kind: 'end',
      finish: { outcome: 'already-done', detail: 'everything had the versions that are asked for' },
    };
  }
  if (state.after?.isOver !== true) return { kind: 'after-check' };
  return { kind: 'end', finish: outcomeOf(state) };
}

const GOOD_OUTCOMES: readonly string[] = ['done', 'already-done', 'node-gone', 'node-replaced'];

function outcomeOf(state: UpgradeState): UpgradeFinish {
  const broken = state.after?.broken ?? [];
  const latest = new Map(state.records.map((record) => [record.node, record.outcome]));
  const others = [...latest].filter(([, outcome]) => !GOOD_OUTCOMES.includes(outcome)).map(([node]) => node);
  const problems = [
    ...(others.length === 0 ? [] : [`not upgraded: ${others.slice(0, 10).join(', ')}`]),
    ...broken
      .slice(0, 10)
      .map(({ namespace, workload, state: how }) => `broken since: ${namespace}/${workload} (${how})`),
  ];
  return problems.length === 0
    ? { outcome: 'done', detail: 'every step was proven' }
    : { outcome: 'partial', detail: problems.join('; ') };
}

function abortDetail({ decisions }: UpgradeState): string {
  const abort = decisions.findLast(({ kind }) => kind === 'abort');
  return abort === undefined ? 'cancelled' : `aborted by ${abort.by}: ${abort.reason}`;
}
