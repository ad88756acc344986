/** The counts behind the metric `vigilante_nodes`. */

import { expect, test } from '@jest/globals';
import { nodeName, windowsNode } from '../../tests/fixtures/nodes.ts';
import { countNodeStates } from './node-states.ts';

test('H18: every node that is to be healed counts in one state, and no other node', () => {
  const nodes = [
    windowsNode('healed', { healed: true }),
    windowsNode('disabled', { disabled: true }),
    windowsNode('not-ready', { ready: false }),
    windowsNode('starting'),
    windowsNode('stalled'),
    windowsNode('odd'),
    // The API server cannot leave out virtual nodes by their taint.
    windowsNode('virtual', { windows: false }),
  ];
  const openHeals = new Map([
    [nodeName('stalled'), { state: 'stalled' }],
    [nodeName('odd'), { state: null }],
    [nodeName('gone'), { state: 'healing' }],
  ]);
  const counts = countNodeStates(nodes, openHeals);
  const nonZero = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  expect(nonZero).toEqual({ healed: 1, disabled: 1, 'not-ready': 1, starting: 1, stalled: 1, open: 1 });
});
