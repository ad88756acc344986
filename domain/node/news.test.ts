/** What is kept of a node that is seen again. */

import { expect, test } from '@jest/globals';
import { nodeUid, windowsNode } from '../../tests/fixtures/nodes.ts';
import type { NodeFacts, NodeObservation } from './facts.ts';
import { withKnownFacts, withLaterFacts } from './news.ts';

const KNOWN = { boot: 'b', createdMs: 5, tainted: true };

function seen(change: Partial<NodeFacts> = {}): NodeObservation {
  return { kind: 'present', facts: windowsNode('win-1', change) };
}

test('E29: what a signal leaves out is kept of the same node', () => {
  expect(withKnownFacts(seen({ ready: false }), seen(KNOWN))).toEqual(seen({ ready: false, ...KNOWN }));
  expect(withKnownFacts(seen({ tainted: false }), seen(KNOWN))).toEqual(seen({ ...KNOWN, tainted: false }));
});

test('E29: nothing is kept of another node, and nothing is added where nothing was known', () => {
  const other = seen({ uid: nodeUid('another') });
  expect(withKnownFacts(other, seen(KNOWN))).toBe(other);
  const same = seen();
  expect(withKnownFacts(same, seen())).toBe(same);
});

test('E29: a state is the same where an observation adds nothing', () => {
  const state = { node: seen(KNOWN) };
  expect(withLaterFacts(state, seen())).toBe(state);
  expect(withLaterFacts(state, seen({ tainted: false }))).toEqual({ node: seen({ ...KNOWN, tainted: false }) });
});
