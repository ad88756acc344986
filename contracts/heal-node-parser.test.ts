/** Input and signal of a heal: what is taken, and what the error says of what is not. */

import { expect, test } from '@jest/globals';
import { anything, assert, constantFrom, dictionary, jsonValue, oneof, property, record, string } from 'fast-check';
import { parseHealNodeInput, parseNodeObservation } from './heal-node-parser.ts';

const policy = {
  windowMs: 1_800_000,
  intervalMs: 30_000,
  errorBudget: 10,
  evidence: 'sandbox',
  provenPodsMin: 3,
  retryAfterMs: 3_600_000,
  searchAttributes: true,
};
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
  [{ ...input, cluster: '' }, 'input.cluster: expected a text that is not empty, got ""'],
  [{ ...input, node: 'Not A Node' }, 'input.node: expected a node name'],
  [{ ...input, node: 'a'.repeat(254) }, 'input.node: expected a node name'],
  [{ ...input, more: 1 }, 'input.more: unknown key, allowed are cluster, node, policy'],
  [{ ...input, policy: { ...policy, windowMs: 0 } }, 'input.policy.windowMs: expected a whole number above 0, got 0'],
  [{ ...input, policy: { ...policy, windowMs: 1.5 } }, 'input.policy.windowMs: expected a whole number above 0'],
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

test('an observation is a node, or that it is gone', () => {
  expect(parseNodeObservation({ kind: 'gone' }).ok).toBe(true);
  expect(parseNodeObservation({ kind: 'present', facts }).ok).toBe(true);
  expect(parseNodeObservation({ kind: 'gone', facts }).ok).toBe(false);
  expect(parseNodeObservation({ kind: 'present', facts: { ...facts, ready: 'yes' } }).ok).toBe(false);
  expect(parseNodeObservation({ kind: 'present', facts: { ...facts, readyChangedMs: Number.NaN } }).ok).toBe(false);
  expect(parseNodeObservation('gone').ok).toBe(false);
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
