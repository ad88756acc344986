/** Counts the nodes that the healing considers by state for the metric `vigilante_nodes`. */

import type { OpenHeal } from '../../domain/healing/node-decision.ts';
import type { NodeFacts } from '../../domain/node/facts.ts';
import type { NodeName } from '../../domain/node/identity.ts';

/** All values of the label `state`: each is always shown, so that an alert sees a zero. */
export const NODE_STATES = [
  'healed',
  'disabled',
  /** Needs a heal and is not Ready, so that none was started. */
  'not-ready',
  /** Ready, and its heal is about to be started. */
  'starting',
  'healing',
  'waiting-for-ready',
  'stalled',
  'unproven',
  /** Marked, and looked at for a relapse. */
  'watching',
  /** Has a heal whose state is not known, because search attributes are off. */
  'open',
] as const;
export type NodeState = (typeof NODE_STATES)[number];

export function countNodeStates(
  nodes: readonly NodeFacts[],
  openHeals: ReadonlyMap<NodeName, OpenHeal>,
): Record<NodeState, number> {
  const counts: Record<NodeState, number> = {
    healed: 0,
    disabled: 0,
    'not-ready': 0,
    starting: 0,
    healing: 0,
    'waiting-for-ready': 0,
    stalled: 0,
    unproven: 0,
    watching: 0,
    open: 0,
  };
  for (const node of nodes) {
    const heal = openHeals.get(node.name);
    // The list of the API server holds virtual nodes as well.
    if (node.windows || heal !== undefined) counts[stateOf(node, heal)] += 1;
  }
  return counts;
}

export function stateOf(node: NodeFacts, heal: OpenHeal | undefined): NodeState {
  const known = NODE_STATES.find((state) => state === heal?.state);
  if (known !== undefined) return known;
  // Without search attributes: a heal of this type goes on after its mark, however long.
  if (heal !== undefined) return node.healed && heal.takesHints === true ? 'watching' : 'open';
  if (node.healed) return 'healed';
  if (node.disabled) return 'disabled';
  return node.ready ? 'starting' : 'not-ready';
}
