/** What the ends of nodes, and the decisions of people about them, make of the state of an upgrade. */

import type { NodeOutcomeKind } from '../maintenance/outcome.ts';
import { type Decision, isProven, type NodeRecord, type Problem, type UpgradeState } from './cluster-state.ts';

const RECORDS_MAX = 1_000;
const DECISIONS_MAX = 200;

/** The run goes on only when somebody has decided about the node. */
const HALTING: readonly NodeOutcomeKind[] = ['undrained', 'act-failed', 'unproven', 'aborted'];
/** The node is not tried again in this run. */
const PASSED_OVER: readonly NodeOutcomeKind[] = ['given-back', 'left-cordoned', 'not-ready-before', 'skipped'];

export function afterNode(state: UpgradeState, record: NodeRecord): UpgradeState {
  const { node, outcome, detail, isWorker, toMs } = record;
  const problems = state.problems.filter((problem) => problem.node !== node);
  // Without a node of the control plane the rest of the plan has no ground.
  const isHalting =
    HALTING.includes(outcome) || (!isWorker && PASSED_OVER.includes(outcome) && outcome !== 'given-back');
  const isWanted = isHalting && !state.isAborted && !state.passedOver.includes(node);
  return {
    ...withRecords(state, [record]),
    problems: isWanted ? [...problems, { node, kind: outcome, detail, sinceMs: toMs }] : problems,
    passedOver: !isWanted && PASSED_OVER.includes(outcome) ? withName(state.passedOver, node) : state.passedOver,
    isLooked: false,
    isChecked: false,
    after: null,
  };
}

function withRecords(state: UpgradeState, added: readonly NodeRecord[]): UpgradeState {
  const records = [...state.records, ...added];
  const recordsLost = state.recordsLost + Math.max(0, records.length - RECORDS_MAX);
  return { ...state, records: records.slice(-RECORDS_MAX), recordsLost };
}

/** @param held nodes in work that did not come back, and what they wait for */
export function afterHeldLook(
  state: UpgradeState,
  held: readonly { readonly node: string; readonly detail: string }[],
  nowMs: number,
): UpgradeState {
  const others = state.problems.filter(({ kind }) => kind !== 'held');
  const problems = held.map(({ node, detail }): Problem => {
    const before = state.problems.find((problem) => problem.node === node && problem.kind === 'held');
    return { node, kind: 'held', detail, sinceMs: before?.sinceMs ?? nowMs };
  });
  return { ...state, problems: [...others, ...problems] };
}

/**
 * A person takes the node out of the run. One that is held ends by itself once it is given back.
 *
 * @param isBegun its maintenance is under way, or has ended: the end of that is its record
 */
export function afterSkip(
  state: UpgradeState,
  { node, isBegun }: { readonly node: string; readonly isBegun: boolean },
  decision: Decision,
): UpgradeState {
  return {
    ...withRecords(decided(state, decision), isBegun ? [] : unbegun(state, node, decision.atMs)),
    problems: state.problems.filter((problem) => problem.node !== node),
    passedOver: withName(state.passedOver, node),
  };
}

/** What was never begun is not upgraded either, and the end of the run says so. */
function unbegun({ view }: UpgradeState, node: string, atMs: number): readonly NodeRecord[] {
  const step = view?.steps.find((one) => one.node?.name === node);
  if (step === undefined) return [];
  const { group, phase, isWorker, to } = step;
  const nothing = { from: '', to: to ?? '', fromMs: atMs, toMs: atMs, evicted: 0, steps: [], executorSaid: null };
  return [{ node, group, phase, isWorker, outcome: 'skipped', detail: 'left out before it was begun', ...nothing }];
}

/** The node is tried again; one that is held is acted upon again by its own maintenance. */
export function afterRetry(state: UpgradeState, node: string, decision: Decision): UpgradeState {
  const wasUnproven = state.problems.some((problem) => problem.node === node && problem.kind === 'unproven');
  const records = state.records.map((record): NodeRecord => {
    return wasUnproven && record.node === node ? { ...record, outcome: 'unproven' } : record;
  });
  return {
    ...decided(state, decision),
    records,
    problems: state.problems.filter((problem) => problem.node !== node),
    passedOver: state.passedOver.filter((name) => name !== node),
    isLooked: false,
    isChecked: false,
    after: null,
  };
}

export function decided(state: UpgradeState, decision: Decision): UpgradeState {
  return { ...state, decisions: [...state.decisions, decision].slice(-DECISIONS_MAX) };
}

/** Whether a node can be passed over, or why not. */
export function skipProblem(state: UpgradeState, node: string): string | null {
  if (state.problems.some((problem) => problem.node === node)) return null;
  if (state.view === null) return 'the run has no plan yet';
  if (state.passedOver.includes(node)) return `${node} is left out already`;
  if (state.view.steps.some((step) => step.node?.name === node && !isProven(state, step))) return null;
  const isDone = state.records.some((record) => record.node === node && record.outcome === 'done');
  return isDone ? `${node} is done` : `this run has nothing to do on ${node}`;
}

export function retryProblem(state: UpgradeState, node: string): string | null {
  if (state.problems.some((problem) => problem.node === node) || state.passedOver.includes(node)) return null;
  return `${node} neither waits for a decision nor was passed over`;
}

/** How many nodes ended how: the last word about each counts. */
export function outcomeCounts({ records }: UpgradeState): Readonly<Partial<Record<NodeOutcomeKind, number>>> {
  const latest = new Map(records.map(({ node, outcome }) => [node, outcome]));
  const counts: Partial<Record<NodeOutcomeKind, number>> = {};
  for (const outcome of latest.values()) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

function withName(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names : [...names, name];
}
