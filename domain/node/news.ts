/** Merges a new observation of a node with what was known of it. */

import type { NodeObservation } from './facts.ts';

/** Keeps facts that call for no action. Returns the same state where there are none. */
export function withLaterFacts<State extends { readonly node: NodeObservation }>(
  state: State,
  node: NodeObservation,
): State {
  if (node.kind === 'gone' || state.node.kind === 'gone') return state;
  const known = state.node.facts;
  const { mark, boot = known.boot } = node.facts;
  if (mark === known.mark && boot === known.boot) return state;
  return { ...state, node: withKnownBoot(node, state.node) };
}

/** The starter leaves the boot out of its signal: older workers refuse what they do not know. */
export function withKnownBoot(node: NodeObservation, before: NodeObservation): NodeObservation {
  if (node.kind === 'gone' || before.kind === 'gone' || before.facts.boot === undefined) return node;
  if (node.facts.boot !== undefined || node.facts.uid !== before.facts.uid) return node;
  return { kind: 'present', facts: { ...node.facts, boot: before.facts.boot } };
}
