/** Counts the nodes whose heal should long have ended one way or the other, for the metric `vigilante_nodes_overdue`. */

import type { OpenHeal } from '../../domain/healing/node-decision.ts';
import type { NodeFacts } from '../../domain/node/facts.ts';
import type { NodeName, NodeUid } from '../../domain/node/identity.ts';
import { type NodeState, stateOf } from './node-states.ts';

/** A heal is over after two windows (H6); two more are for one that was restarted at its very end. */
export const WINDOWS_MAX = 4;

/** States that end by themselves. `open` includes stalled and unproven heals, so they are still counted. */
const PASSING: readonly NodeState[] = ['starting', 'healing', 'open'];

interface Seen {
  readonly uid: NodeUid;
  readonly sinceMs: number;
}

export interface OverdueHeals {
  /** Called with all nodes at each reconcile; `nowMs` is of a clock that only goes on. */
  count(facts: {
    readonly nodes: readonly NodeFacts[];
    readonly openHeals: ReadonlyMap<NodeName, OpenHeal>;
    readonly nowMs: number;
  }): number;
}

/** Knows only what it saw: after a restart of the process it counts from then on. */
export function createOverdueHeals(windowMs: number): OverdueHeals {
  let seen: ReadonlyMap<NodeName, Seen> = new Map();
  return {
    count({ nodes, openHeals, nowMs }) {
      const passing = nodes.filter((node) => PASSING.includes(stateOf(node, openHeals.get(node.name))));
      seen = new Map(
        passing.map(({ name, uid }) => {
          const before = seen.get(name);
          return [name, { uid, sinceMs: before?.uid === uid ? before.sinceMs : nowMs }];
        }),
      );
      return [...seen.values()].filter(({ sinceMs }) => nowMs - sinceMs > WINDOWS_MAX * windowMs).length;
    },
  };
}
