/** Names of behaviours and what a node's label says. */

import { expect, test } from '@jest/globals';
import { behaviourLabel, parseBehaviour } from './behaviour.ts';

test.each([
  ['proving', 'proving'],
  ['pending', 'pending'],
  ['late:40s', 'late:40s'],
  ['late:040s', 'late:40s'],
  ['lying', 'lying'],
  ['snat:7s', 'snat:7s'],
  ['snat:007s', 'snat:7s'],
  ['late', null],
  ['snat', null],
  ['snat:123456s', null],
  ['late:40', null],
  ['late:-1s', null],
  ['Proving', null],
  ['', null],
])('%j is the behaviour %j', (text, behaviour) => {
  expect(parseBehaviour(text)).toBe(behaviour);
});

test.each([
  ['proving', 1_000, 'proving'],
  ['late:40s', 1_000, 'late-until-41'],
  ['late:40s', 1_001, 'late-until-42'],
  ['late:0s', 1_999, 'late-until-2'],
  ['snat:40s', 1_001, 'snat-until-42'],
  ['mute', 1_000, 'mute'],
] as const)('a node with %j that appears at %d ms is labelled %j', (behaviour, nowMs, label) => {
  expect(behaviourLabel(behaviour, nowMs)).toBe(label);
});
