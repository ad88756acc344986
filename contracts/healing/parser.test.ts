/** Input and signal of a heal: what is taken, and what the error says of what is not. */

import { expect, test } from '@jest/globals';
import { anything, assert, constantFrom, dictionary, jsonValue, oneof, property, record, string } from 'fast-check';
import { HEALING_RULES } from '../../tests/fixtures/healing.ts';
import { UnreadablePayload } from '../unreadable-payload.ts';
import { HEALING_LIMITS } from './heal-node.ts';
import {
  parseEarlierHealNodeInput,
  parseHealNodeInput,
  parseLaterNodeObservation,
  parseNodeObservation,
} from './parser.ts';

const policy = { ...HEALING_RULES, searchAttributes: true };
const input = { cluster: 'prod', node: 'akswin000000', policy };
const facts = {
  name: 'akswin000000',
  uid: 'u',
  windows: true,
  ready: true,
  healed: false,
  disabled: false,
  readyChangedMs: null,
};

test('a whole input is taken as it is', () => {
  expect(parseHealNodeInput(input)).toEqual({ ok: true, value: input });
  expect(parseHealNodeInput({ ...input, policy: { ...policy, provenPodsMin: 0 } }).ok).toBe(true);
});

test.each([
  [null, 'input: expected an object, got null'],
  [undefined, 'input: expected an object, got nothing'],
  [
    { ...input, cluster: '' },
    'input.cluster: expected the name of a cluster (a DNS label of at most 63 characters), got ""',
  ],
  [{ ...input, node: 'Not A Node' }, 'input.node: expected a node name'],
  [{ ...input, node: 'a'.repeat(254) }, 'input.node: expected a node name'],
  [{ ...input, more: 1 }, 'input.more: unknown key, allowed are cluster, node, policy'],
  [
    { ...input, policy: { ...policy, windowMs: 999 } },
    'windowMs: expected a whole number from 1000 to 86400000, got 999',
  ],
  [{ ...input, policy: { ...policy, windowMs: 1500.5 } }, 'input.policy.windowMs: expected a whole number from 1000'],
  [{ ...input, policy: { ...policy, windowMs: 2 ** 53 - 1 } }, 'from 1000 to 86400000, got 9007199254740991'],
  [
    { ...input, policy: { ...policy, intervalMs: 86_400_001 } },
    'intervalMs: expected a whole number from 100 to 86400000',
  ],
  [
    { ...input, policy: { ...policy, retryAfterMs: 2 ** 53 - 1 } },
    'retryAfterMs: expected a whole number from 1000 to',
  ],
  [{ ...input, policy: { ...policy, errorBudget: 1_001 } }, 'errorBudget: expected a whole number from 1 to 1000'],
  [{ ...input, cluster: 'a'.repeat(64) }, 'input.cluster: expected the name of a cluster'],
  [new UnreadablePayload('json/x'), 'input: expected an object, got "a payload that cannot be read, encoding json/x"'],
  [new Uint8Array(3), 'input: expected an object, got 3 bytes'],
  [{ ...input, policy: { ...policy, evidence: 'hope' } }, 'expected one of none, pod-ip, sandbox, got "hope"'],
  [{ ...input, policy: { ...policy, provenPodsMin: -1 } }, 'input.policy.provenPodsMin: expected a whole number'],
  [{ ...input, policy: [] }, 'input.policy: expected an object, got []'],
])('the input %j is refused', (wrong, message) => {
  const parsed = parseHealNodeInput(wrong);
  expect(parsed.ok ? '' : parsed.problems.join('\n')).toContain(message);
});

test('all problems are named at once', () => {
  const parsed = parseHealNodeInput({ node: 7, policy: {} });
  expect(parsed.ok ? 0 : parsed.problems.length).toBe(9);
});

test('the bounds of an input are those of the configuration', () => {
  for (const end of ['min', 'max'] as const) {
    const bounds = Object.fromEntries(Object.entries(HEALING_LIMITS).map(([key, limits]) => [key, limits[end]]));
    expect(parseHealNodeInput({ ...input, policy: { ...policy, ...bounds } }).ok).toBe(true);
  }
});

test('a heal that version 0.1 began is read as version 0.1 read it', () => {
  const wide = { ...input, cluster: 'Prod of ours', policy: { ...policy, windowMs: 2 ** 53 - 1, intervalMs: 1 } };
  expect(parseHealNodeInput(wide).ok).toBe(false);
  expect(parseEarlierHealNodeInput(wide)).toEqual({ ok: true, value: wide });
  expect(parseEarlierHealNodeInput({ ...wide, policy: { ...policy, windowMs: 0 } }).ok).toBe(false);
});

test('the message about a wrong input is bounded and well formed, however large or deep the input is', () => {
  let deep: unknown = 1;
  for (let depth = 0; depth < 200_000; depth += 1) deep = [deep];
  const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`${index}\ud800`.repeat(20), index]));
  for (const wrong of [{ ...input, node: deep }, many, { ...input, policy: many }, 'x'.repeat(2_000_000), '\udc00']) {
    for (const parsed of [
      parseHealNodeInput(wrong),
      parseNodeObservation(wrong),
      parseLaterNodeObservation(wrong, true),
    ]) {
      const message = parsed.ok ? '' : parsed.problems.join('; ');
      expect(message.length).toBeGreaterThan(0);
      expect(message.length).toBeLessThan(4_000);
      expect(message.isWellFormed()).toBe(true);
    }
  }
});

test('an observation is a node, or that it is gone', () => {
  expect(parseNodeObservation({ kind: 'gone' }).ok).toBe(true);
  expect(parseNodeObservation({ kind: 'present', facts }).ok).toBe(true);
  expect(parseNodeObservation({ kind: 'gone', facts }).ok).toBe(false);
  expect(parseNodeObservation({ kind: 'present', facts: { ...facts, ready: 'yes' } }).ok).toBe(false);
  expect(parseNodeObservation({ kind: 'present', facts: { ...facts, readyChangedMs: Number.NaN } }).ok).toBe(false);
  expect(parseNodeObservation('gone').ok).toBe(false);
});

test('E46: an observation of a newer starter is taken without what is not known here', () => {
  const known = { kind: 'present', facts };
  const newer = { kind: 'present', facts: { ...facts, later: 'x', boot: 1 } };
  expect([parseNodeObservation(newer).ok, parseLaterNodeObservation(newer, true)]).toEqual([
    false,
    { ok: true, value: known },
  ]);
  expect(parseLaterNodeObservation({ kind: 'gone' }, true)).toEqual({ ok: true, value: { kind: 'gone' } });
  for (const wrong of [null, 'gone', { ...newer, more: 1 }, { kind: 'present', facts: { ...facts, ready: 1 } }]) {
    expect(parseLaterNodeObservation(wrong, true).ok).toBe(false);
  }
});

test('E21: a hint is taken by a heal that takes hints only, and one that is no hint is left out', () => {
  const hinted = (hint: unknown) => ({ kind: 'present', facts: { ...facts, hint } });
  const bare = { ok: true, value: { kind: 'present', facts } };
  expect(parseLaterNodeObservation(hinted('3'), true)).toEqual({ ok: true, value: hinted('3') });
  expect(parseLaterNodeObservation(hinted('3'), false)).toEqual(bare);
  for (const wrong of [3, null, 'x'.repeat(65)]) expect(parseLaterNodeObservation(hinted(wrong), true)).toEqual(bare);
  // An older worker, and every `healNode`, refuses the whole signal: it must never be sent one.
  expect(parseNodeObservation(hinted('3')).ok).toBe(false);
});

test('whatever comes is taken unchanged or refused with a reason, and never throws', () => {
  const found = oneof(
    anything({ withNullPrototype: true, withBigInt: false }),
    record({ cluster: anything(), node: anything(), policy: dictionary(string(), jsonValue()) }),
    record({ kind: constantFrom('present', 'gone', 'else'), facts: dictionary(string(), jsonValue()) }),
  );
  assert(
    property(found, (given) => {
      for (const parsed of [parseHealNodeInput(given), parseNodeObservation(given)]) {
        if (parsed.ok) expect(parsed.value).toBe(given);
        else expect(parsed.problems.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 5_000 },
  );
});
