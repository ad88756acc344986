/** The judge of samples knows each limit of the policy, on both sides of it. */

import { expect, test } from '@jest/globals';
import { offences, type Reach } from './judge.ts';
import { parseSamples, type Reading, type Sample } from './sample.ts';
import { versionTable } from './table.ts';

const OWN: Reach = { controllers: 'own', kubelets: 'own' };
const ANY: Reach = { controllers: 'any', kubelets: 'any' };

/** `kube-apiserver cp-1 36` is one of v1.36.0. */
function sample(...lines: string[]): Sample {
  const readings = lines.map((line): Reading => {
    const [component = '', node = '', minor = ''] = line.split(' ');
    return { component: component as Reading['component'], node, version: `v1.${minor}.0`, says: null };
  });
  return { cluster: 'c', atMs: 1_000, tookMs: 5, readings };
}

test.each<[string, Sample, Reach, number]>([
  ['API servers one apart', sample('kube-apiserver a 36', 'kube-apiserver b 37'), ANY, 0],
  ['API servers two apart', sample('kube-apiserver a 36', 'kube-apiserver b 38'), ANY, 1],
  ['a controller of the same version', sample('kube-apiserver a 37', 'kube-scheduler a 37'), ANY, 0],
  ['a controller one older', sample('kube-apiserver a 37', 'kube-controller-manager a 36'), ANY, 0],
  ['a controller two older', sample('kube-apiserver a 37', 'kube-controller-manager a 35'), ANY, 1],
  ['a controller that is newer', sample('kube-apiserver a 36', 'kube-scheduler a 37'), ANY, 1],
  [
    'a controller newer than another API server',
    sample('kube-apiserver a 37', 'kube-apiserver b 36', 'kube-scheduler a 37'),
    ANY,
    1,
  ],
  [
    'the same, which asks its own API server',
    sample('kube-apiserver a 37', 'kube-apiserver b 36', 'kube-scheduler a 37'),
    OWN,
    0,
  ],
  ['a kubelet three older', sample('kube-apiserver a 37', 'kubelet w 34'), ANY, 0],
  ['a kubelet four older', sample('kube-apiserver a 37', 'kubelet w 33'), ANY, 1],
  ['a kubelet that is newer', sample('kube-apiserver a 36', 'kubelet w 37'), OWN, 1],
  [
    'a kubelet newer than another API server',
    sample('kube-apiserver a 37', 'kube-apiserver b 36', 'kubelet a 37'),
    ANY,
    1,
  ],
  ['the same beside its own', sample('kube-apiserver a 37', 'kube-apiserver b 36', 'kubelet a 37'), OWN, 0],
])('%s', (_title, given, reach, count) => {
  expect(offences(given, reach)).toHaveLength(count);
});

test('an API server that says another version than its program is has an offence', () => {
  const { readings, ...rest } = sample('kube-apiserver a 37');
  const saying = (says: string) => ({ ...rest, readings: readings.map((one) => ({ ...one, says })) });
  expect(offences(saying('v1.37.0'), ANY)).toEqual([]);
  expect(offences(saying('v1.36.0'), ANY)).toEqual(['kube-apiserver v1.37.0 of a says v1.36.0']);
});

test('a sample with something that is no version proves nothing', () => {
  const { readings, ...rest } = sample('kube-apiserver a 37');
  const unread = { ...rest, readings: readings.map((one) => ({ ...one, version: '' })) };
  expect(() => offences(unread, ANY)).toThrow('is no version');
});

test('the table has a line for each set of versions, and none for what stays', () => {
  const one = sample('kube-apiserver a 36', 'kube-apiserver b 36');
  const other = { ...sample('kube-apiserver a 36', 'kube-apiserver b 37'), atMs: 3_500 };
  expect(versionTable([one, { ...one, atMs: 1_200 }, other]).split('\n')).toEqual([
    expect.stringContaining('0.0 s c: etcd none; kube-apiserver 2 v1.36.0;'),
    expect.stringContaining('2.5 s c: etcd none; kube-apiserver 1 v1.36.0, 1 v1.37.0;'),
  ]);
});

test('a line that was not written to its end is left out', () => {
  const line = JSON.stringify(sample('etcd a 1'));
  expect(parseSamples(`${line}\n${line.slice(0, 20)}`)).toEqual([JSON.parse(line)]);
});
