/** The metric of versions: bounded, each component as it was seen last, and gone once somebody else must have looked. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { version } from '../tests/fixtures/maintenance.ts';
import { createVersionMetrics } from './version-metrics.ts';

function metrics() {
  const registry = new Registry();
  const clock = { ms: 0 };
  const hooks = createVersionMetrics(registry, () => clock.ms);
  const lines = async () =>
    (await registry.metrics()).split('\n').flatMap((line) => /^vigilante_versions(.*)$/.exec(line)?.[1] ?? []);
  return { ...hooks, clock, lines };
}

const OLD = version('v1.36.3');
const NEW = version('v1.37.2');

test('M4: kubelets are counted by their version, and a version that no kubelet has any more is gone', async () => {
  const { onKubelets, lines } = metrics();
  onKubelets([OLD, NEW, OLD]);
  expect(await lines()).toEqual([
    '{component="kubelet",version="v1.36.3"} 2',
    '{component="kubelet",version="v1.37.2"} 1',
  ]);
  onKubelets([NEW, NEW, NEW]);
  expect(await lines()).toEqual(['{component="kubelet",version="v1.37.2"} 3']);
});

test('M4: what an upgrade has observed is counted for each component, and a look of the guard leaves the others', async () => {
  const { onKubelets, onVersions, lines } = metrics();
  onVersions([
    { component: 'kube-apiserver', version: NEW },
    { component: 'kube-apiserver', version: OLD },
    { component: 'kubelet', version: OLD },
  ]);
  onKubelets([NEW]);
  expect(await lines()).toEqual([
    '{component="kube-apiserver",version="v1.36.3"} 1',
    '{component="kube-apiserver",version="v1.37.2"} 1',
    '{component="kubelet",version="v1.37.2"} 1',
  ]);
});

test('M52: at most ten versions of a component have a series, the most frequent ones; the others are one', async () => {
  const { onKubelets, lines } = metrics();
  const twice = Array.from({ length: 10 }, (_, patch) => version(`v1.30.${patch}`));
  onKubelets([...twice, ...twice]);
  expect(await lines()).toHaveLength(10);
  onKubelets([version('v1.20.1'), version('v1.20.2'), ...twice, ...twice, version('v1.20.2')]);
  const found = await lines();
  expect(found).toHaveLength(11);
  expect(found.slice(-2)).toEqual([
    '{component="kubelet",version="v1.30.8"} 2',
    '{component="kubelet",version="other"} 3',
  ]);
});

test('M52: each component is gone eleven minutes after it was seen last', async () => {
  const { onKubelets, onVersions, clock, lines } = metrics();
  onVersions([{ component: 'etcd', version: version('v3.6.16') }]);
  clock.ms = 60_000;
  onKubelets([NEW]);
  clock.ms = 659_999;
  expect(await lines()).toHaveLength(2);
  clock.ms = 660_000;
  expect(await lines()).toEqual(['{component="kubelet",version="v1.37.2"} 1']);
  clock.ms = 720_000;
  expect(await lines()).toEqual([]);
});
