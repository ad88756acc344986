/** What arrives at the echo, for whom and when. */

import { expect, test } from '@jest/globals';
import { PLAIN_BEHAVIOURS } from '../behaviour.ts';
import { playOf } from './play.ts';

const OWN = { kind: 'dial', arrives: 'pod', isForged: false };
const TRANSLATED = { kind: 'dial', arrives: 'node', isForged: false };

test.each([
  ['proving', OWN],
  ['zone-a', OWN],
  ['lying', TRANSLATED],
  ['forged', { kind: 'dial', arrives: 'pod', isForged: true }],
  ['mute', { kind: 'mute' }],
  ['flapping', null],
  ['no-sandbox', null],
  ['failing', null],
  ['pending', null],
] as const)('on a node that is %s a probing pod has the play %j', (behaviour, play) => {
  expect(playOf(behaviour, 0)).toEqual(play);
});

test('each behaviour without a parameter is in the table above', () => {
  expect(PLAIN_BEHAVIOURS).toHaveLength(8);
});

test('a node without the label proves, as kwok takes it', () => {
  expect(playOf(null, 0)).toEqual(OWN);
});

test.each([
  ['snat-until-42', 41_000, TRANSLATED],
  ['snat-until-42', 42_000, OWN],
  ['snat-until-42', 43_000, OWN],
  ['late-until-42', 41_000, null],
  ['late-until-42', 42_000, OWN],
  ['late-until-42', 43_000, OWN],
])('with %s a pod made at %d ms has the play %j', (behaviour, createdMs, play) => {
  expect(playOf(behaviour, createdMs)).toEqual(play);
});
