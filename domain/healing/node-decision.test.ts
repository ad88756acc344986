/** When the starter starts a heal, and when it tells one what became of its node. */

import { expect, test } from '@jest/globals';
import { windowsNode } from '../../tests/fixtures/nodes.ts';
import { type NodeFacts, type NodeObservation, nodeFingerprint } from '../node/facts.ts';
import { decideNode } from './node-decision.ts';

const NOTHING = { start: false, signal: false };
const START = { start: true, signal: false };
const SIGNAL = { start: false, signal: true };

function seen(changes: Partial<NodeFacts> = {}): NodeObservation {
  return { kind: 'present', facts: windowsNode('win-1', changes) };
}
const good = seen();
const notReady = seen({ ready: false });
const gone: NodeObservation = { kind: 'gone' };

test.each([
  ['is Ready', good, START],
  ['is not Ready', notReady, NOTHING],
  ['is healed', seen({ healed: true }), NOTHING],
  ['is switched off', seen({ disabled: true }), NOTHING],
  ['is no Windows node', seen({ windows: false }), NOTHING],
  ['is gone', gone, NOTHING],
])('H2: without a running heal, a node that %s', (_, observation, expected) => {
  expect(decideNode({ observation, openHeal: null, lastSignalled: null })).toEqual(expected);
});

test.each([
  ['healing', 'is Ready', good, NOTHING],
  ['healing', 'is not Ready', notReady, SIGNAL],
  ['healing', 'is healed', seen({ healed: true }), SIGNAL],
  ['healing', 'is gone', gone, SIGNAL],
  ['waiting-for-ready', 'is Ready', good, SIGNAL],
  ['stalled', 'is Ready', good, SIGNAL],
  ['unproven', 'is Ready', good, SIGNAL],
  [null, 'is Ready', good, SIGNAL],
])('H2: a starter that knows nothing yet finds a heal in state %s whose node %s', (state, _, observation, expected) => {
  expect(decideNode({ observation, openHeal: { state }, lastSignalled: null })).toEqual(expected);
});

test.each([good, notReady, gone])('H2: a heal is not sent the same observation twice', (observation) => {
  const lastSignalled = nodeFingerprint(observation);
  expect(decideNode({ observation, openHeal: { state: 'stalled' }, lastSignalled })).toEqual(NOTHING);
});

test('H2: a node that is to be healed again is sent to its heal, and a start covers a heal that has ended since', () => {
  const lastSignalled = nodeFingerprint(notReady);
  expect(decideNode({ observation: good, openHeal: { state: 'healing' }, lastSignalled })).toEqual({
    start: true,
    signal: true,
  });
});
