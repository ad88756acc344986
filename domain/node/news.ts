/** Merges a new observation of a node with what was known of it. */

import type { NodeObservation } from './facts.ts';

/** What an observation may leave out, and is true as long as the node is the same. */
const KEPT_FACTS = ['boot', 'hint', 'relapsedMs', 'createdMs', 'tainted'] as const;
/** As long as the node is healed. */
const KEPT_OF_MARK = ['mark', 'markedMs'] as const;

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
  const { facts } = node;
  const kept = facts.healed ? [...KEPT_FACTS, ...KEPT_OF_MARK] : KEPT_FACTS;
  const known = kept.map((key) => [key, before.facts[key]] as const);
  const missing = known.filter(([key, fact]) => fact !== undefined && !Object.hasOwn(facts, key));
  return missing.length === 0 ? node : { kind: 'present', facts: { ...facts, ...Object.fromEntries(missing) } };
}
