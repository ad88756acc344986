/** Tables for what is read from a node, rubbish included. */

import { expect, test } from '@jest/globals';

import { nodeFacts } from './node-facts.ts';
import type { NodeObject } from './objects.ts';

const HEALED = 'cops-vigilante-snat-node-healed';

function factsOf(metadata: NodeObject['metadata'], conditions?: NonNullable<NodeObject['status']>['conditions']) {
  const node = { metadata: { name: 'win-1', uid: 'uid-1', ...metadata }, status: { conditions: conditions ?? null } };
  return nodeFacts(node, HEALED);
}

test('H1: a node of which nothing is said is not Windows, not Ready, not healed, not switched off', () => {
  const bare = { windows: false, ready: false, healed: false, disabled: false, readyChangedMs: null };
  expect(nodeFacts({ metadata: { name: 'a', uid: 'b' } }, HEALED)).toMatchObject(bare);
  expect(factsOf({ annotations: null, labels: null })).toMatchObject(bare);
});

test.each<[string | undefined, boolean]>([
  ['windows', true],
  ['Windows', false],
  ['linux', false],
  ['', false],
  [undefined, false],
])('H1: label kubernetes.io/os=%s: Windows is %s', (value, windows) => {
  expect(factsOf({ labels: value === undefined ? {} : { 'kubernetes.io/os': value } }).windows).toBe(windows);
});

test.each([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['', false],
  [' true', false],
  ['yes', false],
  ['1', false],
  ['{"true":true}', false],
])('H1: annotation %j: healed is %s', (value, healed) => {
  expect(factsOf({ annotations: { [HEALED]: value } }).healed).toBe(healed);
});

test.each([
  ['disabled', true],
  ['enabled', false],
  ['', false],
])('H14: vigilante-healing: %j: switched off is %s', (value, disabled) => {
  expect(factsOf({ annotations: { 'vigilante-healing': value } }).disabled).toBe(disabled);
});

test.each([
  ['True', true],
  ['False', false],
  ['Unknown', false],
])('H8: condition Ready=%s: ready is %s', (status, ready) => {
  const conditions = [
    { type: 'MemoryPressure', status: 'True' },
    { type: 'Ready', status, lastTransitionTime: '1970-01-01T00:00:07Z' },
  ];
  expect(factsOf({}, conditions)).toMatchObject({ ready, readyChangedMs: 7_000 });
});

test('a time that is rubbish is unknown', () => {
  expect(factsOf({}, [{ type: 'Ready', status: 'True', lastTransitionTime: 'yesterday' }]).readyChangedMs).toBeNull();
});

test('a node without name or uid is an error', () => {
  expect(() => nodeFacts({ metadata: { uid: 'b' } }, HEALED)).toThrow('not a node');
  expect(() => nodeFacts({}, HEALED)).toThrow('not a node');
});
