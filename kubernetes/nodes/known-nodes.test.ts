/** Which changes of a node are reported, and when. */

import { expect, test } from '@jest/globals';

import type { NodeFacts } from '../../domain/node/facts.ts';
import { nodeUid, windowsNode } from '../../tests/fixtures/nodes.ts';
import { createKnownNodes, type NodeChange } from './known-nodes.ts';

const FACTS = windowsNode('win-1', { readyChangedMs: 5 });
const { name } = FACTS;
const otherUid = nodeUid('uid-2');

function listened() {
  const errors: string[] = [];
  const reported: NodeChange[] = [];
  const known = createKnownNodes((message) => errors.push(message));
  known.set(FACTS);
  const unsubscribe = known.subscribe((change) => reported.push(change));
  return { known, reported, errors, unsubscribe };
}

test.each<[string, Partial<NodeFacts>]>([
  ['uid', { uid: otherUid }],
  ['label', { windows: false }],
  ['Ready', { ready: false }],
  ['annotation', { healed: true }],
  ['switch', { disabled: true }],
  ['time of the last change to Ready', { readyChangedMs: 6 }],
])('H2: a node with another %s is reported, the same node again is not', (_what, change) => {
  const { known, reported } = listened();
  const facts = { ...FACTS, ...change };
  known.set({ ...FACTS });
  known.set(facts);
  known.set({ ...facts });
  expect(reported).toEqual([{ name, observation: { kind: 'present', facts } }]);
});

test('H9: a node that left is forgotten, and not reported before the API server was asked whether it is gone', () => {
  const { known, reported } = listened();
  expect(known.remove(name)).toBe(true);
  expect(known.remove(name)).toBe(false);
  expect([known.get(name), known.list(), reported]).toEqual([undefined, [], []]);
});

test('a listener that fails does not keep a change from the others', () => {
  const { known, reported, errors, unsubscribe } = listened();
  unsubscribe();
  known.subscribe(() => {
    throw new Error('mine');
  });
  known.subscribe((change) => reported.push(change));
  known.set({ ...FACTS, ready: false });
  expect(reported).toHaveLength(1);
  expect(errors).toEqual(['a listener failed on node win-1: Error: mine']);
});

test('H8: a time of the last change that moves while the node stays Ready is reported three times, then no more', () => {
  const { known, reported } = listened();
  for (let beat = 6; beat < 30; beat += 1) known.set({ ...FACTS, readyChangedMs: beat });
  expect(reported).toHaveLength(3);
  expect(known.get(name)?.readyChangedMs).toBe(8);
  known.set({ ...FACTS, ready: false, readyChangedMs: 40 });
  known.set({ ...FACTS, readyChangedMs: 41 });
  expect(reported).toHaveLength(5);
  for (let beat = 42; beat < 60; beat += 1) known.set({ ...FACTS, readyChangedMs: beat });
  expect(reported).toHaveLength(8);
});
