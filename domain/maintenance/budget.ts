/** How many nodes may be away at a time, and how many are: the arithmetic of the budget (M25). */

import type { NodeName } from '../node/identity.ts';

/** Either may be missing, not both: the smaller one counts. */
export interface Limit {
  readonly percent: number | null;
  readonly count: number | null;
}

/** At least 1, unless 0 is written: a percentage of a small group would otherwise never allow a node. */
export function budgetOf({ percent, count }: Limit, denominator: number): number {
  if (percent === 0 || count === 0) return 0;
  const share = percent === null ? Number.POSITIVE_INFINITY : Math.floor((percent * denominator) / 100);
  return Math.max(1, Math.min(share, count ?? Number.POSITIVE_INFINITY));
}

/** NotReady for less than this may be a kubelet that is slow for a moment. */
const DOWN_AFTER_MS = 30_000;

export interface CountedNode {
  readonly name: NodeName;
  readonly group: string;
  readonly zone: string | null;
  readonly ready: boolean;
  readonly readyChangedMs: number | null;
  readonly unschedulable: boolean;
  readonly controlPlane: boolean;
  /** Holds a slot, or bears our mark. */
  readonly inWork: boolean;
  /** Taken out of both sides by `budget.ignore`. */
  readonly ignored: boolean;
}

/** Down for a reason that is not ours: NotReady for a while, or cordoned by others. */
export function isDownOtherwise(node: CountedNode, nowMs: number): boolean {
  if (node.inWork) return false;
  const isLost = !node.ready && (node.readyChangedMs === null || nowMs - node.readyChangedMs > DOWN_AFTER_MS);
  return isLost || node.unschedulable;
}

export interface GroupRules {
  readonly name: string;
  readonly max: Limit;
}

export interface BudgetRules {
  readonly cluster: Limit;
  readonly groups: readonly GroupRules[];
  /** So much of a group may be down before the breaker opens. */
  readonly unavailable: Limit;
}

/** One side of the budget: a group, or the cluster. */
export interface Tally {
  /** What should be there; ignored nodes are not counted. */
  readonly denominator: number;
  readonly max: number;
  /** Nodes that are down and that no maintenance took down. */
  readonly down: number;
}

export interface GroupTally extends Tally {
  readonly name: string;
  readonly unavailableMax: number;
  /** The first of those that are down, for people. */
  readonly downNames: readonly NodeName[];
  /** Nodes that take pods and that are not in work. */
  readonly schedulable: number;
}

export interface Tallies {
  readonly cluster: Tally;
  readonly groups: readonly GroupTally[];
  /** Of the control-plane nodes: how many there are, and how many of them are down and not in work. */
  readonly controlPlane: { readonly count: number; readonly down: number };
}

const DOWN_NAMES_MAX = 5;

export function tally(nodes: readonly CountedNode[], rules: BudgetRules, nowMs: number): Tallies {
  const counted = nodes.filter(({ ignored }) => !ignored);
  const isDown = (node: CountedNode) => isDownOtherwise(node, nowMs);
  const control = nodes.filter(({ controlPlane }) => controlPlane);
  return {
    cluster: sideOf(counted, rules.cluster, isDown),
    groups: rules.groups.map(({ name, max }) => {
      const members = counted.filter(({ group }) => group === name);
      const side = sideOf(members, max, isDown);
      return {
        ...side,
        name,
        unavailableMax: budgetOf(rules.unavailable, side.denominator),
        downNames: members
          .filter(isDown)
          .map((node) => node.name)
          .slice(0, DOWN_NAMES_MAX),
        schedulable: members.filter(({ ready, unschedulable, inWork }) => ready && !unschedulable && !inWork).length,
      };
    }),
    controlPlane: { count: control.length, down: control.filter(isDown).length },
  };
}

function sideOf(nodes: readonly CountedNode[], max: Limit, isDown: (node: CountedNode) => boolean): Tally {
  const denominator = nodes.length;
  return { denominator, max: budgetOf(max, denominator), down: nodes.filter(isDown).length };
}

/** Whether etcd keeps its majority when one more of the control-plane nodes goes. A single one has none to keep (M33). */
export function keepsQuorum(count: number, up: number): boolean {
  return count === 1 || up - 1 >= Math.floor(count / 2) + 1;
}
