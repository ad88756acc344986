/** The keys of `healing` for nodes that are marked: what is taken, what is refused, and the plan made of them (E22, E25). */

import { expect, test } from '@jest/globals';
import { parseOnboardNodeInput } from '../contracts/healing/onboarding-parser.ts';
import { useConfigFiles } from '../tests/fixtures/use-config-files.ts';
import { healPlan } from './policies/healing.ts';

const { load, problemsOf } = useConfigFiles();

const ENDPOINT = { name: 'a', url: 'http://10.50.0.10:8080/v1/source', publicKeys: ['A'.repeat(43)] };
const PROVEN = { evidence: 'source-address', finish: 'proven', echo: { endpoints: [ENDPOINT] } };

const healing = (keys: object): string => `healing: ${JSON.stringify(keys)}`;
const policyOf = (keys: object) => healPlan(load(healing(keys))).policy;

test('E22: a node that was marked by proof is watched until the end of its window, where nothing else is said', () => {
  const policy = policyOf(PROVEN);
  expect(policy).toMatchObject({
    relapse: { watch: 'window', intervalMs: 300_000, intervalLaterMs: 3_600_000, refutedInARow: 2 },
  });
  const input = { v: 2, cluster: 'prod', node: 'win-1', profile: 'snat', policy };
  expect(parseOnboardNodeInput(input)).toEqual({ ok: true, value: input });
});

test('E22, E45: a heal that ends with its window, or that shall not watch, has no such key', () => {
  expect(policyOf({ ...PROVEN, relapse: { watch: 'off' } })).not.toHaveProperty('relapse');
  expect(policyOf({ ...PROVEN, finish: 'window' })).not.toHaveProperty('relapse');
  expect(policyOf({})).not.toHaveProperty('relapse');
});

test('E22: a watch without end needs marks that were made by proof', () => {
  const always = { relapse: { watch: 'always' } };
  expect(problemsOf(healing({ ...PROVEN, ...always }))).toEqual([]);
  expect(problemsOf(healing(always))).toEqual([
    expect.stringMatching(/^healing\.relapse\.watch: always: expected window/),
  ]);
});

test('E25: the brake is a share of the nodes', () => {
  const { storm } = load(healing({ storm: { relapsesMax: '25%', relapsesMin: 1, relapsesPer: '1h' } })).healing;
  expect(storm).toEqual({ relapsesMax: 0.25, relapsesMin: 1, relapsesPerMs: 3_600_000 });
  expect(load('').healing.storm).toEqual({ relapsesMax: 0.1, relapsesMin: 3, relapsesPerMs: 600_000 });
});

test.each(['101%', '10', '-1%', '1.5%', ''])('E25: the share %j is refused', (relapsesMax) => {
  expect(problemsOf(healing({ storm: { relapsesMax } }))).toEqual([
    expect.stringMatching(/^healing\.storm\.relapsesMax: .*expected a percentage such as 10%/),
  ]);
});

test('E26: a node that was marked by proof is healed again for what the proof was true for, others for nothing', () => {
  expect(load('').healing.reheal).toEqual({ on: [] });
  expect(load(healing(PROVEN)).healing.reheal).toEqual({ on: ['machine', 'boot', 'image'] });
  expect(load(healing({ ...PROVEN, finish: 'window' })).healing.reheal).toEqual({ on: [] });
  expect(load(healing({ ...PROVEN, reheal: { on: [] } })).healing.reheal).toEqual({ on: [] });
  const profile = { ...PROVEN, name: 'other', nodes: 'a=b' };
  expect(load(JSON.stringify({ profiles: [profile] })).profiles[0]?.reheal).toEqual({
    on: ['machine', 'boot', 'image'],
  });
});

test('E26: what a node is healed again for is a list', () => {
  expect(load(healing({ reheal: { on: ['machine', 'not-ready'] } })).healing.reheal.on).toEqual([
    'machine',
    'not-ready',
  ]);
  expect(problemsOf(healing({ reheal: { on: ['reboot'] } }))).toEqual([
    expect.stringMatching(/^healing\.reheal\.on\.0: .*expected a list of machine, boot, image, not-ready/),
  ]);
});
