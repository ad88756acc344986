/** Inputs of `onboardNode` and `verifyNode`: what is taken, and what the error says of what is not. */

import { expect, test } from '@jest/globals';
import { anything, assert, dictionary, jsonValue, property, record, string } from 'fast-check';
import { ONBOARDING_POLICY } from '../../tests/fixtures/healing.ts';
import { HEALING_LIMITS } from './heal-node.ts';
import { ENDPOINTS_MAX, PATIENCE_LIMITS } from './onboard-node.ts';
import { newerInputVersion, parseOnboardNodeInput, parseVerifyNodeInput } from './onboarding-parser.ts';

const policy = ONBOARDING_POLICY;
const input = { v: 1, cluster: 'prod', node: 'akswin000000', profile: 'snat', policy };
const { endpoints, require, patienceMs } = policy;
const probe = { endpoints, require, patienceMs };
const verification = { ...input, policy: probe };

test('E40: whole inputs are taken as they are', () => {
  expect(parseOnboardNodeInput(input)).toEqual({ ok: true, value: input });
  expect(parseVerifyNodeInput(verification)).toEqual({ ok: true, value: verification });
});

test.each<[object, string]>([
  [{ v: 3 }, 'input.v: expected 1 or 2, got 3'],
  [{ v: undefined }, 'input.v: expected 1 or 2'],
  [{ cluster: 'a'.repeat(64) }, 'input.cluster: expected the name of a cluster'],
  [{ node: 'Not A Node' }, 'input.node: expected a node name'],
  [{ profile: '' }, 'input.profile: expected the name of a profile'],
  [{ profile: 'a'.repeat(21) }, 'input.profile: expected the name of a profile (a DNS label of at most 20 characters)'],
  [{ profile: 'not/a/label' }, 'input.profile: expected the name of a profile'],
  [{ more: 1 }, 'input.more: unknown key, allowed are v, cluster, node, profile, policy'],
])('E40: the input with %j is refused by both', (change, message) => {
  for (const parsed of [
    parseOnboardNodeInput({ ...input, ...change }),
    parseVerifyNodeInput({ ...verification, ...change }),
  ]) {
    expect(parsed.ok ? '' : parsed.problems.join('\n')).toContain(message);
  }
});

test.each<[object, string]>([
  [{ endpoints: ['a', 'b', 'c', 'd', 'e'] }, 'input.policy.endpoints: expected at most 4 entries, got 5'],
  [{ endpoints: ['a', 'http://b'] }, 'input.policy.endpoints[1]: expected the name of an endpoint'],
  [{ endpoints: 'a' }, 'input.policy.endpoints: expected a list'],
  [{ require: 'most' }, 'input.policy.require: expected one of all, any'],
  [{ patienceMs: PATIENCE_LIMITS.min - 1 }, 'input.policy.patienceMs: expected a whole number from 1000'],
  [{ patienceMs: PATIENCE_LIMITS.max + 1 }, 'input.policy.patienceMs: expected a whole number from 1000'],
  [{ patienceMs: undefined }, 'input.policy.patienceMs: expected a whole number from 1000'],
])('E2, E40: the probe with %j is refused by both', (change, message) => {
  for (const parsed of [
    parseOnboardNodeInput({ ...input, policy: { ...policy, ...change } }),
    parseVerifyNodeInput({ ...verification, policy: { ...probe, ...change } }),
  ]) {
    expect(parsed.ok ? '' : parsed.problems.join('\n')).toContain(message);
  }
});

test('E46: only a later version of an input is one of a newer release', () => {
  const versions = [{ v: 2 }, { v: 3, cluster: 1 }, { v: 1 }, { v: 0 }, { v: 1.5 }, { v: '2' }, {}, null, [2]];
  expect(versions.map(newerInputVersion)).toEqual([null, 3, null, null, null, null, null, null, null]);
});

test('E2: a heal names its endpoints; a verification that names none means all', () => {
  const heal = parseOnboardNodeInput({ ...input, policy: { ...policy, endpoints: [] } });
  expect(heal).toMatchObject({ problems: ['input.policy.endpoints: expected 1 to 4 names, got none'] });
  expect(parseVerifyNodeInput({ ...verification, policy: { ...probe, endpoints: [] } }).ok).toBe(true);
});

test.each<[object, string]>([
  [{ evidence: 'sandbox' }, 'input.policy.evidence: expected one of source-address'],
  [{ fallback: 'pod-ip' }, 'input.policy.fallback: expected one of none, sandbox'],
  [{ windowMs: HEALING_LIMITS.windowMs.min - 1 }, 'input.policy.windowMs: expected a whole number'],
  [{ searchAttributes: 'yes' }, 'input.policy.searchAttributes: expected true or false'],
  [{ settleMs: 2_000 }, 'input.policy.settleMs: unknown key'],
])('E40: the policy with %j is refused', (change, message) => {
  const parsed = parseOnboardNodeInput({ ...input, policy: { ...policy, ...change } });
  expect(parsed.ok ? '' : parsed.problems.join('\n')).toContain(message);
});

const RELAPSE = { watch: 'always', intervalMs: 300_000, intervalLaterMs: 3_600_000, refutedInARow: 2 };
const EARLY = { proofsInARow: 2, proofsOverMs: 10_000, intervalFirstMs: 5_000 };

test('E22: the rules of a watch are taken beside those of an early finish', () => {
  const whole = { ...input, v: 2, policy: { ...policy, early: EARLY, relapse: RELAPSE } };
  expect(parseOnboardNodeInput(whole)).toEqual({ ok: true, value: whole });
});

test.each<[object, string]>([
  [{ watch: 'sometimes' }, 'input.policy.relapse.watch: expected one of off, window, always'],
  [{ intervalMs: 999 }, 'input.policy.relapse.intervalMs: expected a whole number from 1000'],
  [{ intervalLaterMs: 0 }, 'input.policy.relapse.intervalLaterMs: expected a whole number from 1000'],
  [{ refutedInARow: 0 }, 'input.policy.relapse.refutedInARow: expected a whole number from 1 to 100'],
  [{ more: 1 }, 'input.policy.relapse.more: unknown key'],
])('E22: the watch with %j is refused', (change, message) => {
  const relapse = { ...RELAPSE, ...change };
  const parsed = parseOnboardNodeInput({ ...input, v: 2, policy: { ...policy, early: EARLY, relapse } });
  expect(parsed.ok ? '' : parsed.problems.join('\n')).toContain(message);
});

test('E2: as many endpoints as a pod can ask are taken, and a profile of twenty characters', () => {
  const most = Array.from({ length: ENDPOINTS_MAX }, (_, index) => `onprem-${index}`);
  const wide = { ...input, profile: 'a'.repeat(20), policy: { ...policy, endpoints: most } };
  expect(parseOnboardNodeInput(wide).ok).toBe(true);
});

test('whatever comes is taken unchanged or refused with a reason, and never throws', () => {
  const found = record({ v: anything(), policy: dictionary(string(), jsonValue()) });
  assert(
    property(found, (given) => {
      for (const parsed of [parseOnboardNodeInput(given), parseVerifyNodeInput({ ...input, policy: given })]) {
        expect(parsed.ok ? 0 : parsed.problems.length).toBeGreaterThan(0);
      }
    }),
  );
});

test.each<[object, string]>([
  [{ capMs: 840_001 }, 'input.policy.taint.capMs: expected a whole number from 1000 to 840000'],
  [{ onTimeout: 'forget' }, 'input.policy.taint.onTimeout: expected one of remove, keep'],
  [{ key: 'example.com/new' }, 'input.policy.taint.key: unknown key'],
])('E29: a cap with %j is refused', (change, message) => {
  const taint = { capMs: 480_000, onTimeout: 'remove', ...change };
  const parsed = parseOnboardNodeInput({ ...input, policy: { ...policy, taint } });
  expect(parsed.ok ? '' : parsed.problems.join('\n')).toContain(message);
});
