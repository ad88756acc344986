/** What an act is told of its run and its versions. */

import { expect, test } from '@jest/globals';
import { REBOOT, version } from '../../tests/fixtures/maintenance.ts';
import { nodeRef } from '../../tests/fixtures/nodes.ts';
import { actEnvironment } from './executor.ts';

const ACT = { node: nodeRef('lin-1'), run: 'r', phase: 'node', executor: 'it', expect: REBOOT, key: 'k' } as const;
const TO = version('v1.37.2');
const VERSIONS = { kubernetes: TO, cni: version('v1.6.2'), crictl: version('v1.33.0'), etcd: null };

test('an act that is no upgrade is told its run, node and phase alone', () => {
  expect(actEnvironment(ACT)).toEqual({ VIGILANTE_RUN: 'r', VIGILANTE_NODE: 'lin-1', VIGILANTE_PHASE: 'node' });
});

test('an act of an upgrade is told all versions that the run has', () => {
  expect(actEnvironment({ ...ACT, versions: VERSIONS })).toMatchObject({
    K8S_VERSION: TO,
    K8S_CNI_VERSION: 'v1.6.2',
    K8S_CRICTL_VERSION: 'v1.33.0',
  });
  expect(actEnvironment({ ...ACT, versions: VERSIONS })).not.toHaveProperty('ETCD_VERSION');
  expect(actEnvironment({ ...ACT, versions: { ...VERSIONS, etcd: version('v3.6.16') } })['ETCD_VERSION']).toBe(
    'v3.6.16',
  );
});

test('a kubelet that is to be aligned first is told that version, not the one of the run', () => {
  const expected = { ...REBOOT, kubelet: version('v1.36.3') };
  expect(actEnvironment({ ...ACT, expect: expected, versions: VERSIONS })['K8S_VERSION']).toBe('v1.36.3');
});

test('an API server is told which minor version it serves', () => {
  const controlPlane = { binary: TO, emulated: '1.37' };
  const told = actEnvironment({
    ...ACT,
    phase: 'control-pods',
    expect: { ...REBOOT, controlPlane },
    versions: VERSIONS,
  });
  expect(told).toMatchObject({ K8S_VERSION: TO, EMULATED_VERSION: '1.37' });
});
