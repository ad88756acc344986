/** What the ends of nodes, and the decisions of people about them, make of the state of an upgrade. */

import type { NodeOutcomeKind } from '../maintenance/outcome.ts';
import type { Decision, NodeRecord, Problem, UpgradeState } from './cluster-state.ts';

const RECORDS_MAX = 1_000;
const DECISIONS_MAX = 200;

/** The run goes on only when somebody has decided about the node. */
const HALTING: readonly NodeOutcomeKind[] = ['undrained', 'act-failed', 'unproven', 'aborted'];
/** The node is not tried again in this run. */
const PASSED_OVER: readonly NodeOutcomeKind[] = ['given-back', 'left-cordoned', 'not-ready-before', 'skipped'];

export function afterNode(state: UpgradeState, record: NodeRecord): UpgradeState {
  const { node, outcome, detail, isWorker, toMs } = record;
  const records = [...state.records, record];
  const problems = state.problems.filter((problem) => problem.node !== node);
  // Without a node of the control plane the rest of the plan has no ground.
  const isHalting =
    HALTING.includes(outcome) || (!isWorker && PASSED_OVER.includes(outcome) && outcome !== 'given-back');
  const isWanted = isHalting && !state.isAborted && !state.passedOver.includes(node);
  return {
    ...state,
    records: records.slice(-RECORDS_MAX),
    recordsLost: state.recordsLost + Math.max(0, records.length - RECORDS_MAX),
    problems: isWanted ? [...problems, { node, kind: outcome, detail, sinceMs: toMs }] : problems,
    passedOver: !isWanted && PASSED_OVER.includes(outcome) ? withName(state.passedOver, node) : state.passedOver,
    isLooked: false,
    isChecked: false,
    after: null,
  };
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

/** A person takes the node out of the run. One that is held ends by itself once it is given back. */
export function afterSkip(state: UpgradeState, node: string, decision: Decision): UpgradeState {
  return {
    ...decided(state, decision),
    problems: state.problems.filter((problem) => problem.node !== node),
    passedOver: withName(state.passedOver, node),
  };
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
  const isDone = state.records.some((record) => record.node === node && record.outcome === 'done');
  const isKnown = state.view === null || state.view.steps.some((step) => step.node?.name === node);
  if (isDone && !isKnown) return `${node} is done`;
  return isKnown ? null : `this run has nothing to do on ${node}`;
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
