/** Merges a new observation of a node with what was known of it. */

import type { NodeFacts, NodeObservation } from './facts.ts';

const LATER_FACTS = ['mark', 'boot', 'hint', 'createdMs', 'tainted'] as const;

/** Keeps facts that call for no action. Returns the same state where there are none. */
export function withLaterFacts<State extends { readonly node: NodeObservation }>(
  state: State,
  node: NodeObservation,
): State {
  if (node.kind === 'gone' || state.node.kind === 'gone') return state;
  const known = withKnownFacts(node, state.node);
  if (known.kind === 'gone') return state;
  const before = state.node.facts;
  const { facts } = known;
  return LATER_FACTS.every((key) => facts[key] === before[key]) ? state : { ...state, node: known };
}

/**
 * The starter leaves facts out of its signal: older workers refuse what they do not know. A hint that is removed says
 * nothing, and the signal says nothing of the mark.
 */
export function withKnownFacts(node: NodeObservation, before: NodeObservation): NodeObservation {
  if (node.kind === 'gone' || before.kind === 'gone' || node.facts.uid !== before.facts.uid) return node;
  const { boot, hint, mark, markedMs, relapsedMs, createdMs, tainted } = before.facts;
  const known: Partial<NodeFacts> = {
    ...(boot === undefined ? {} : { boot }),
    ...(hint === undefined ? {} : { hint }),
    ...(mark === undefined || !node.facts.healed ? {} : { mark }),
    ...(markedMs === undefined || !node.facts.healed ? {} : { markedMs }),
    ...(relapsedMs === undefined ? {} : { relapsedMs }),
    ...(createdMs === undefined ? {} : { createdMs }),
    ...(tainted === undefined ? {} : { tainted }),
  };
  const missing = Object.entries(known).filter(([key]) => !Object.hasOwn(node.facts, key));
  return missing.length === 0 ? node : { kind: 'present', facts: { ...node.facts, ...Object.fromEntries(missing) } };
}
