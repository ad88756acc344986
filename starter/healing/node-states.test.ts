/** The counts behind the metric `vigilante_nodes`. */

import { expect, test } from '@jest/globals';
import { nodeName, windowsNode } from '../../tests/fixtures/nodes.ts';
import { countNodeStates, stateOf } from './node-states.ts';

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

test('E22: a marked node whose heal goes on without search attributes is watched, not late', () => {
  const marked = windowsNode('win-1', { healed: true });
  expect(stateOf(marked, { state: null, takesHints: true })).toBe('watching');
  expect(stateOf(marked, { state: null, takesHints: false })).toBe('open');
  expect(stateOf(windowsNode('win-1'), { state: null, takesHints: true })).toBe('open');
  expect(stateOf(marked, { state: 'watching' })).toBe('watching');
});
