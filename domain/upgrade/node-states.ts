/** Where the nodes of an upgrade are: each in one state, so that the counts add up. */

import type { NodeOutcomeKind } from '../maintenance/outcome.ts';
import type { UpgradeState } from './cluster-state.ts';
import type { PlannedStep } from './rules.ts';

/**
 * `held`: it did not come back. `failed`: its maintenance ended without a proof, and somebody has to decide. `passed-over`:
 * it is not tried again in this run.
 */
export const UPGRADE_NODE_STATES = ['left', 'in-work', 'held', 'failed', 'passed-over', 'done'] as const;
type UpgradeNodeState = (typeof UPGRADE_NODE_STATES)[number];
export type UpgradeNodeCounts = Readonly<Record<UpgradeNodeState, number>>;

/** Null: the node is not there any more. One that came instead has steps of its own. */
const STATE_AFTER: Readonly<Record<NodeOutcomeKind, UpgradeNodeState | null>> = {
  done: 'done',
  'already-done': 'done',
  undrained: 'failed',
  'act-failed': 'failed',
  unproven: 'failed',
  aborted: 'failed',
  'given-back': 'passed-over',
  'left-cordoned': 'passed-over',
  'not-ready-before': 'passed-over',
  skipped: 'passed-over',
  'node-gone': null,
  'node-replaced': null,
};

/** @param left steps that are still to be taken */
export function upgradeNodeCounts(
  { records, passedOver, problems }: Pick<UpgradeState, 'records' | 'passedOver' | 'problems'>,
  { left, inWork }: { readonly left: readonly PlannedStep[]; readonly inWork: Iterable<string> },
): UpgradeNodeCounts {
  const states = new Map<string, UpgradeNodeState | null>();
  for (const { node, outcome } of records) states.set(node, STATE_AFTER[outcome]);
  for (const node of passedOver) states.set(node, 'passed-over');
  for (const { node } of left) if (node !== null) states.set(node.name, 'left');
  for (const node of inWork) states.set(node, 'in-work');
  for (const { node, kind } of problems) states.set(node, kind === 'held' ? 'held' : 'failed');
  const counts = { left: 0, 'in-work': 0, held: 0, failed: 0, 'passed-over': 0, done: 0 };
  for (const state of states.values()) if (state !== null) counts[state] += 1;
  return counts;
}
