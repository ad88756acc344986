/** What looks, checks, approvals and soaks make of the state of an upgrade. Times in milliseconds since 1970. */

import { type BrokenPods } from './after-checks.ts';
import type { ApprovalAnswer } from './approvals.ts';
import { type CheckResult, isBlocking } from './check.ts';
import { type ClusterView, type Halt, hasTaken, type UpgradeState } from './cluster-state.ts';
import type { UpgradePart } from './order.ts';
import type { PlannedStep } from './rules.ts';
import type { WaveStage } from './waves.ts';

const HALT_FIRST_MS = 10_000;
const HALT_LONGEST_MS = 300_000;
const REASONS_MAX = 50;
/** After a restart of Prometheus its alerts are unknown for an hour, by default. */
const UNKNOWN_LONGEST_MS = 7_200_000;

type NewHalt = Pick<Halt, 'kind' | 'reasons'>;

/** What a look at the cluster says. */
export type LookAnswer =
  | ({ readonly kind: 'planned'; readonly digest: string } & ClusterView)
  /** There is no plan: it breaks the policy, or takes several runs. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** Something runs whose version is not known (M4). */
  | { readonly kind: 'unknown'; readonly reasons: readonly string[] };

export function afterLook(state: UpgradeState, answer: LookAnswer, nowMs: number): UpgradeState {
  if (answer.kind !== 'planned') {
    const halt: NewHalt =
      answer.kind === 'refused'
        ? { kind: 'plan', reasons: [answer.detail] }
        : { kind: 'unknown', reasons: answer.reasons };
    return blocked(state, { halt, isKnown: answer.kind === 'refused', nowMs });
  }
  const { digest, kind: _, ...view } = answer;
  if (state.digest !== '' && state.digest !== digest) {
    const detail = `what was planned has changed, from ${state.digest} to ${digest}: another approval, and another run`;
    return { ...state, finish: { outcome: hasTaken(state) ? 'partial' : 'blocked', detail } };
  }
  const firstSteps = state.order === null ? view.steps : state.firstSteps;
  const looked = { ...state, order: view.order, digest, firstSteps };
  const unfinished = unfinishedStep(state, view);
  if (unfinished !== null) return afterUnfinished(looked, unfinished, { view, nowMs });
  return { ...looked, view, isLooked: true, halt: isOver(state.halt, view) ? null : state.halt };
}

function isOver(halt: Halt | null, { steps }: ClusterView): boolean {
  if (halt?.kind === 'kube-proxy') return steps[0]?.phase !== 'kube-proxy';
  return halt?.kind === 'plan' || halt?.kind === 'unknown';
}

/** A node whose step was proven, and that is still to be taken in the same way; null where there is none. */
function unfinishedStep({ records }: UpgradeState, { steps }: ClusterView): string | null {
  const latest = new Map(records.map((record) => [`${record.node} ${record.phase} ${record.to}`, record]));
  const found = steps.find(({ node, phase, to }) => {
    const outcome = latest.get(`${node?.name} ${phase} ${to ?? ''}`)?.outcome;
    return outcome === 'done' || outcome === 'already-done';
  });
  return found?.node?.name ?? null;
}

/** What the cluster shows may lag behind for a while, such as the pods of a control plane; then somebody has to look. */
function afterUnfinished(
  state: UpgradeState,
  node: string,
  { view, nowMs }: { readonly view: ClusterView; readonly nowMs: number },
): UpgradeState {
  const detail = `the step of ${node} was proven, and what runs there is still not as planned`;
  const waiting = halted(state, { kind: 'plan', reasons: [detail] }, nowMs);
  if (haltedMs(waiting, nowMs) < view.rules.returnWithinMs) return { ...waiting, isLooked: false };
  const problems = [...state.problems, { node, kind: 'unproven' as const, detail, sinceMs: nowMs }];
  return { ...state, view, isLooked: true, halt: null, problems };
}

export function afterCheck(state: UpgradeState, results: readonly CheckResult[], nowMs: number): UpgradeState {
  // Some are made once, before the first act: their answers stay.
  const others = state.preflight.filter(({ check }) => !results.some((result) => result.check === check));
  const checked = { ...state, preflight: [...others, ...results] };
  const blocking = results.filter(isBlocking);
  if (blocking.length === 0) return { ...checked, isChecked: true, wasChecked: true, halt: null };
  const reasons = blocking.map(({ check, answer, objects, detail }) => {
    const named = objects.length === 0 ? '' : ` (${objects.slice(0, 10).join(', ')})`;
    return `${check}: ${answer}: ${detail}${named}`;
  });
  const isKnown = blocking.some(({ answer }) => answer !== 'unknown');
  return blocked(checked, { halt: { kind: 'preflight', reasons }, isKnown, nowMs });
}

/** It waits, and looks again. Before the first act the run ends instead where it is known what is wrong, or stays unknown. */
function blocked(
  state: UpgradeState,
  { halt, isKnown, nowMs }: { readonly halt: NewHalt; readonly isKnown: boolean; readonly nowMs: number },
): UpgradeState {
  const waiting = { ...halted(state, halt, nowMs), isLooked: false };
  if (hasTaken(state) || (!isKnown && haltedMs(waiting, nowMs) < UNKNOWN_LONGEST_MS)) return waiting;
  return { ...state, finish: { outcome: 'blocked', detail: haltDetail(halt) } };
}

function haltedMs({ halt }: UpgradeState, nowMs: number): number {
  return nowMs - (halt?.sinceMs ?? nowMs);
}

/** In the words of the end of a run. */
export function haltDetail({ reasons }: NewHalt): string {
  return reasons.slice(0, REASONS_MAX).join('; ');
}

export function halted(state: UpgradeState, { kind, reasons }: NewHalt, nowMs: number): UpgradeState {
  const before = state.halt?.kind === kind ? state.halt : null;
  const looks = (before?.looks ?? 0) + 1;
  const againMs = nowMs + Math.min(HALT_LONGEST_MS, HALT_FIRST_MS * 2 ** (looks - 1));
  const halt: Halt = {
    kind,
    reasons: reasons.slice(0, REASONS_MAX),
    sinceMs: before?.sinceMs ?? nowMs,
    looks,
    againMs,
  };
  return { ...state, halt };
}

export function afterApprovals(
  state: UpgradeState,
  { answer, part, nowMs }: { readonly answer: ApprovalAnswer; readonly part: UpgradePart; readonly nowMs: number },
): UpgradeState {
  if (answer.kind === 'waiting') {
    const approvalUntilMs = answer.untilMs ?? null;
    return { ...halted(state, { kind: 'approval', reasons: [answer.detail] }, nowMs), approvalUntilMs };
  }
  if (answer.kind === 'rejected') {
    const detail = `rejected by ${answer.by}${answer.comment === '' ? '' : `: ${answer.comment}`}`;
    return { ...state, finish: { outcome: 'rejected', detail } };
  }
  const { by, untilMs = null } = answer.kind === 'approved' ? answer : { by: [] };
  // It may have taken a week: what was seen and checked before it is looked at again.
  const isLate = state.halt?.kind === 'approval';
  const again = isLate ? { isLooked: false, isChecked: false } : {};
  return { ...state, ...again, approved: { part, by }, approvalUntilMs: untilMs, halt: null };
}

export type AlertAnswer =
  | { readonly kind: 'quiet' }
  | { readonly kind: 'alerting'; readonly detail: string }
  | { readonly kind: 'unknown'; readonly detail: string };

/** An alert sets the proven time to nothing, what is not known adds nothing. */
export function afterSoakLook(
  state: UpgradeState,
  { answer, needMs, nowMs }: { readonly answer: AlertAnswer; readonly needMs: number; readonly nowMs: number },
): UpgradeState {
  const before = state.soak ?? { provenMs: 0, lookedMs: nowMs };
  const reason = answer.kind === 'quiet' ? '' : answer.detail;
  const soak = { needMs, lookedMs: nowMs, reason, provenMs: provenBy(answer, before, nowMs) };
  return { ...state, soak };
}

function provenBy(answer: AlertAnswer, before: { provenMs: number; lookedMs: number }, nowMs: number): number {
  switch (answer.kind) {
    case 'quiet':
      return before.provenMs + Math.max(0, nowMs - before.lookedMs);
    case 'alerting':
      return 0;
    default:
      return before.provenMs;
  }
}

/** What was seen before the soak may be otherwise now. */
export function atStage(state: UpgradeState, stage: WaveStage): UpgradeState {
  return { ...state, stage, soak: null, isLooked: false, isChecked: false };
}

/** Waves begin anew after each step of the control plane. */
export function atTaking(state: UpgradeState, steps: readonly PlannedStep[]): UpgradeState {
  const isWorkers = steps.every(({ isWorker }) => isWorker);
  return { ...state, halt: null, ...(isWorkers ? {} : { stage: 0, soak: null }) };
}

export function afterAfterCheck(state: UpgradeState, broken: readonly BrokenPods[], nowMs: number): UpgradeState {
  const { settleMs, deadlineMs } = state.view?.rules.afterChecks ?? { settleMs: 0, deadlineMs: 0 };
  const sinceMs = state.after?.sinceMs ?? nowMs;
  const calmSinceMs = broken.length > 0 ? null : (state.after?.calmSinceMs ?? nowMs);
  const isCalm = calmSinceMs !== null && nowMs - calmSinceMs >= settleMs;
  const isOver = isCalm || nowMs - sinceMs >= deadlineMs;
  // Nodes may have joined meanwhile (M47).
  return { ...state, after: { sinceMs, calmSinceMs, broken, isOver }, isLooked: !isOver };
}
