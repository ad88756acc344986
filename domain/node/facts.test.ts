/** Which nodes need healing, and when two observations are alike. */

import { expect, test } from '@jest/globals';
import { nodeUid, windowsNode } from '../../tests/fixtures/nodes.ts';
import { type NodeFacts, needsHealing, nodeFingerprint } from './facts.ts';

const FACTS = windowsNode('win-1', { readyChangedMs: 5 });
const otherUid = nodeUid('uid-2');

test.each<[string, Partial<NodeFacts>, boolean]>([
  ['a Windows node', {}, true],
  ['a Windows node that is not Ready', { ready: false }, true],
  ['a node that is not Windows', { windows: false }, false],
  ['a healed node', { healed: true }, false],
  ['a node that is switched off', { disabled: true }, false],
])('H1: whether %s needs healing', (_title, facts, expected) => {
  expect(needsHealing({ ...FACTS, ...facts })).toBe(expected);
});

test.each<[string, Partial<NodeFacts>]>([
  ['uid', { uid: otherUid }],
  ['Ready', { ready: false }],
  ['annotation', { healed: true }],
  ['switch', { disabled: true }],
  ['label', { windows: false }],
])('H2: the fingerprint differs when the %s differs', (_what, facts) => {
  const before = nodeFingerprint({ kind: 'present', facts: FACTS });
  expect(nodeFingerprint({ kind: 'present', facts: { ...FACTS, ...facts } })).not.toBe(before);
  expect(nodeFingerprint({ kind: 'present', facts: { ...FACTS } })).toBe(before);
  expect(nodeFingerprint({ kind: 'gone' })).not.toBe(before);
});
