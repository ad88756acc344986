/** Tables for what is read from a node, rubbish included. */

import { expect, test } from '@jest/globals';
import type { NodeObject } from '../client/objects.ts';
import { nodeFacts } from './facts.ts';

const HEALED = 'cops-vigilante-snat-node-healed';
const RULES = { healedAnnotation: HEALED };

function factsOf(metadata: NodeObject['metadata'], conditions?: NonNullable<NodeObject['status']>['conditions']) {
  const node = { metadata: { name: 'win-1', uid: 'uid-1', ...metadata }, status: { conditions: conditions ?? null } };
  return nodeFacts(node, RULES);
}

test('H1: a node without labels, conditions and annotations is not Windows, not Ready, not healed, not switched off', () => {
  const bare = { windows: false, ready: false, healed: false, disabled: false, readyChangedMs: null };
  expect(nodeFacts({ metadata: { name: 'a', uid: 'b' } }, RULES)).toMatchObject(bare);
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

test('a time that cannot be parsed is unknown', () => {
  expect(factsOf({}, [{ type: 'Ready', status: 'True', lastTransitionTime: 'yesterday' }]).readyChangedMs).toBeNull();
});

test('a node without name or uid is an error', () => {
  expect(() => nodeFacts({ metadata: { uid: 'b' } }, RULES)).toThrow('not a node');
  expect(() => nodeFacts({}, RULES)).toThrow('not a node');
});

const INFO = { systemUUID: 'machine-1', bootID: '7', kernelVersion: '10.0', osImage: 'Windows' };
const proof = (change: object = {}) =>
  JSON.stringify({ v: 1, uid: 'uid-1', machine: 'machine-1', boot: '7', ...change });

function marked(proofText: string | undefined, foreignMark: 'believe' | 'heal', value = 'true') {
  const annotations = { [HEALED]: value, ...(proofText === undefined ? {} : { 'vigilante-snat-proof': proofText }) };
  const node: NodeObject = {
    metadata: { name: 'win-1', uid: 'uid-1', labels: { 'kubernetes.io/os': 'windows' }, annotations },
    status: { nodeInfo: INFO },
  };
  return nodeFacts(node, { healedAnnotation: HEALED, foreignMark });
}

test.each([
  [proof(), 'proven', true],
  [undefined, 'no-proof', false],
  ['rubbish', 'no-proof', false],
  [proof({ uid: 'uid-2' }), 'other-node', false],
  [proof({ machine: 'machine-2' }), 'other-machine', false],
  [proof({ boot: '8' }), 'other-boot', false],
] as const)(
  'H10: a mark with the proof %s is %s; where foreign marks are not believed it counts: %s',
  (text, mark, counts) => {
    expect(marked(text, 'believe')).toMatchObject({ healed: true, mark });
    expect(marked(text, 'heal')).toMatchObject({ healed: counts, mark });
  },
);

test('H10: a proof without a mark is one that was withdrawn, and without both there is no mark', () => {
  expect(marked(proof(), 'heal', 'false')).toMatchObject({ healed: false, mark: 'withdrawn' });
  expect(marked(undefined, 'heal', 'false')).not.toHaveProperty('mark');
});

test('H8: machine and boot are a short digest, which differs when one of them does', () => {
  const boot = (nodeInfo: object) => nodeFacts({ metadata: { name: 'a', uid: 'b' }, status: { nodeInfo } }, RULES).boot;
  const digests = [boot(INFO), boot({ ...INFO, bootID: '8' }), boot({ ...INFO, systemUUID: 'machine-2' })];
  expect(new Set(digests).size).toBe(3);
  expect(boot({ ...INFO, kernelVersion: 'other' })).toBe(digests[0]);
  expect(digests[0]).toMatch(/^[0-9a-f]{12}$/);
  expect([boot({}), boot({ systemUUID: '', bootID: '' })]).toEqual([undefined, undefined]);
});

test('E26: a listed change since the mark makes the node one that is not healed', () => {
  const annotations = { [HEALED]: 'true', 'vigilante-snat-proof': proof({ boot: '6', at: '2026-11-28T06:00:00Z' }) };
  const node: NodeObject = {
    metadata: { name: 'win-1', uid: 'uid-1', labels: { 'kubernetes.io/os': 'windows' }, annotations },
    status: { nodeInfo: INFO },
  };
  const facts = (...reheal: ('boot' | 'image')[]) => nodeFacts(node, { healedAnnotation: HEALED, reheal });
  expect(facts('boot')).toMatchObject({ healed: false, mark: 'other-boot' });
  expect(facts('image')).toMatchObject({ healed: true, mark: 'other-boot' });
});

test('E21, E22, E25: hint, time of the mark and time of the last relapse are read, and cut or left out', () => {
  const facts = (annotations: Record<string, string>) =>
    nodeFacts(
      { metadata: { name: 'win-1', uid: 'uid-1', annotations }, status: { nodeInfo: INFO } },
      { healedAnnotation: HEALED },
    );
  const at = '2026-11-28T06:00:00.000Z';
  expect(facts({ 'vigilante-hint': 'x'.repeat(100) }).hint).toBe('x'.repeat(64));
  expect(facts({ [HEALED]: 'true', 'vigilante-snat-proof': proof({ at }) }).markedMs).toBe(Date.parse(at));
  expect(facts({ 'vigilante-snat-relapsed': at }).relapsedMs).toBe(Date.parse(at));
  for (const key of ['hint', 'markedMs', 'relapsedMs'])
    expect(facts({ 'vigilante-snat-relapsed': 'soon' })).not.toHaveProperty(key);
});

const STARTUP_TAINT = 'example.com/new';

test.each<[string, NonNullable<NodeObject['spec']>['taints'], boolean]>([
  ['no taints', undefined, false],
  ['null', null, false],
  ['another taint', [{ key: 'example.com/other' }], false],
  ['a taint without a key', [{}], false],
  ['its taint with any value and effect', [{ key: STARTUP_TAINT, value: 'x', effect: 'NoExecute' }], true],
])('E28: with %s a node is tainted: %s', (_, taints, tainted) => {
  const created = { creationTimestamp: '2026-01-01T00:00:00Z' };
  const node = {
    metadata: { name: 'win-1', uid: 'uid-1', ...created },
    spec: taints === undefined ? {} : { taints },
  };
  const reading = { ...RULES, startupTaint: STARTUP_TAINT };
  expect(nodeFacts(node, reading)).toMatchObject({ tainted, createdMs: Date.parse(created.creationTimestamp) });
});

test('E45: without a startup taint in the configuration the facts of a node are as before', () => {
  const facts = factsOf({ creationTimestamp: '2026-01-01T00:00:00Z' });
  expect(facts).not.toHaveProperty('createdMs');
  expect(facts).not.toHaveProperty('tainted');
});
