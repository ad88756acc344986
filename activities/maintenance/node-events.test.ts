/** An Event of maintenance is written on its node, and others are told of it (M48). */

import { expect, test } from '@jest/globals';
import { nodeRef } from '../../tests/fixtures/nodes.ts';
import { recordOnNode } from './node-events.ts';

test('M48: whoever is to be told gets what was written on the node', async () => {
  const calls: string[] = [];
  const deps = {
    events: {
      record: async ({ reason, type }: { reason: string; type: string }) => void calls.push(`${type} ${reason}`),
    },
    notify: ({ event, message }: { event: string; message: string }) => void calls.push(`told ${event}: ${message}`),
  };
  await recordOnNode(deps, { node: nodeRef('lin-1'), event: 'NodeHeld', message: 'not proven', key: 'run-1' });
  await recordOnNode({ events: deps.events }, { node: nodeRef('lin-1'), event: 'Drained', message: '', key: 'run-1' });
  expect(calls).toEqual(['Warning NodeHeld', 'told NodeHeld: not proven', 'Normal Drained']);
});
