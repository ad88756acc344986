/** Starters and workers of two releases talk to each other during an upgrade. */

import { expect, test } from '@jest/globals';
import { parseNodeObservation } from '../../contracts/healing/parser.ts';
import { windowsNode } from '../../tests/fixtures/nodes.ts';
import { nodeChangedPayload } from './heals.ts';

test('H2: the signal has the keys that a worker of the last release knows', () => {
  const facts = windowsNode('win-1', { mark: 'no-proof', boot: '0123456789ab' });
  const payload = nodeChangedPayload({ kind: 'present', facts });
  expect(payload.kind === 'present' && Object.keys(payload.facts)).toEqual([
    'name',
    'uid',
    'windows',
    'ready',
    'healed',
    'disabled',
    'readyChangedMs',
  ]);
  expect(parseNodeObservation(payload).ok).toBe(true);
  expect(nodeChangedPayload({ kind: 'gone' })).toEqual({ kind: 'gone' });
});

test('E21: a hint is in the signal where it is asked for only', () => {
  const observation = { kind: 'present', facts: windowsNode('win-1', { hint: 'a' }) } as const;
  expect(nodeChangedPayload(observation)).not.toHaveProperty('facts.hint');
  expect(nodeChangedPayload(observation, 'a')).toHaveProperty('facts.hint', 'a');
});
