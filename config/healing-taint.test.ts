/** The keys `healing.taint` and `healing.condition`: what is taken, and what is refused at start. */

import { expect, test } from '@jest/globals';
import { useConfigFiles } from '../tests/fixtures/use-config-files.ts';
import { healPlan } from './policies/healing.ts';

const { load, problemsOf } = useConfigFiles();

const KEY = 'startup-taint.cluster-autoscaler.kubernetes.io/vigilante-snat';
const ENDPOINT = { name: 'a', url: 'http://10.50.0.10:8080/v1/source', publicKeys: ['A'.repeat(43)] };
const PROVEN = { evidence: 'source-address', echo: { endpoints: [ENDPOINT] } };

function healing(keys: object): string {
  return JSON.stringify({ healing: { ...PROVEN, ...keys } });
}

test('E28, E32: neither a taint nor a condition is configured by default', () => {
  const { taint, condition } = load('').healing;
  expect({ taint, condition }).toEqual({ taint: undefined, condition: undefined });
});

test('E29: a taint has a cap of eight minutes and is removed then, unless said otherwise', () => {
  expect(load(healing({ taint: { key: KEY } })).healing.taint).toEqual({
    key: KEY,
    capMs: 480_000,
    onTimeout: 'remove',
  });
  const taint = { key: 'example.com/new', cap: '14m', onTimeout: 'keep' };
  expect(load(healing({ taint })).healing.taint).toEqual({ key: taint.key, capMs: 840_000, onTimeout: 'keep' });
});

test('E29: the policy of a heal has the cap, and not the key, which the file of the worker has', () => {
  const { policy } = healPlan(load(healing({ taint: { key: KEY } })));
  expect(policy).toMatchObject({ taint: { capMs: 480_000, onTimeout: 'remove' } });
  expect(JSON.stringify(policy)).not.toContain(KEY);
  expect(healPlan(load(healing({}))).policy).not.toHaveProperty('taint');
});

test.each([
  ['a cap above 14 minutes', { key: KEY, cap: '841s' }, 'healing.taint.cap'],
  ['no key', { cap: '5m' }, 'healing.taint.key'],
  ['what is no label key', { key: 'a b' }, 'healing.taint.key'],
  ['a taint that Kubernetes sets', { key: 'node.kubernetes.io/unschedulable' }, 'healing.taint.key'],
  ['another outcome', { key: KEY, onTimeout: 'forget' }, 'healing.taint.onTimeout'],
])('E29: refused: %s', (_, taint, at) => {
  expect(problemsOf(healing({ taint }))).toEqual([expect.stringContaining(at)]);
});

test('E28: a taint without a proof of the effect is refused', () => {
  expect(problemsOf(JSON.stringify({ healing: { taint: { key: KEY } } }))).toEqual([
    expect.stringContaining('healing.evidence is sandbox'),
  ]);
});

test.each([
  ['all', [{ operator: 'Exists' }], true],
  ['the key', [{ key: KEY, operator: 'Exists' }], true],
  [
    'both effects of the key',
    [
      { key: KEY, operator: 'Exists', effect: 'NoSchedule' },
      { operator: 'Exists', effect: 'NoExecute' },
    ],
    true,
  ],
  ['one effect', [{ key: KEY, operator: 'Exists', effect: 'NoSchedule' }], false],
  ['another key', [{ key: 'example.com/other', operator: 'Exists' }], false],
  ['one value', [{ key: KEY, operator: 'Equal', value: 'true' }], false],
  ['the key for a minute', [{ key: KEY, operator: 'Exists', tolerationSeconds: 60 }], false],
  ['nothing', [], false],
])('E34: healing pods that tolerate %s', (_, tolerations, isFine) => {
  const yaml = healing({ taint: { key: KEY }, pod: { tolerations } });
  if (isFine) expect(load(yaml).healing.taint?.key).toBe(KEY);
  else expect(problemsOf(yaml)).toEqual([expect.stringContaining('healing.pod.tolerations')]);
});

test('E32: a condition of the kubelet or of the connectivity is refused, and what is no type of one', () => {
  expect(load(healing({ condition: 'SnatHealed' })).healing.condition).toBe('SnatHealed');
  for (const condition of ['Ready', 'AgentConnectivity', '1', 'a"b', '']) {
    expect(problemsOf(healing({ condition }))).toEqual([expect.stringContaining('healing.condition')]);
  }
});

test('E33: a taint of the Node Readiness Controller and a condition are refused together', () => {
  const taint = { key: 'readiness.k8s.io/snat-healed' };
  expect(load(healing({ taint })).healing.taint?.key).toBe(taint.key);
  expect(problemsOf(healing({ taint, condition: 'SnatHealed' }))).toEqual([
    expect.stringContaining('Node Readiness Controller'),
  ]);
});

test('E43: two profiles have neither one taint nor one condition, where a node may belong to both', () => {
  const keys = { ...PROVEN, taint: { key: KEY }, condition: 'SnatHealed' };
  const yaml = (os: string) =>
    JSON.stringify({ healing: keys, profiles: [{ ...keys, name: 'other', nodes: 'a=b', pod: { os } }] });
  expect(problemsOf(yaml('windows'))).toEqual([
    expect.stringContaining('profiles.other.taint.key'),
    expect.stringContaining('profiles.other.condition'),
  ]);
  expect(load(yaml('linux')).profiles[0]?.taint?.key).toBe(KEY);
});
