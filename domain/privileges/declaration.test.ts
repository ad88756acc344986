/** Which row a container is held to, and how its workload is named. */

import { expect, test } from '@jest/globals';

import { linuxContainer, linuxRow } from '../../tests/fixtures/privileges.ts';
import { type OwnedPod, workloadOf } from './container.ts';
import { closestRow, isLookedAt, needsReason } from './declaration.ts';

const WORKLOAD = { kind: 'daemonset', name: 'ndt' };

/** From the closest to the least close. */
const PLACES = [
  { container: 'ndt-server', workload: WORKLOAD, namespace: 'default' },
  { container: 'ndt-server', workload: WORKLOAD, namespace: null },
  { container: 'ndt-server', workload: null, namespace: 'default' },
  { container: 'ndt-server', workload: null, namespace: null },
  { container: null, workload: WORKLOAD, namespace: 'default' },
  { container: null, workload: WORKLOAD, namespace: null },
];

test('the closest row wins, wherever it stands in the file', () => {
  for (const [index, place] of PLACES.entries()) {
    const rows = PLACES.slice(index).map((one) => linuxRow({}, one));
    expect(closestRow(rows, linuxContainer())).toMatchObject(place);
    expect(closestRow(rows.toReversed(), linuxContainer())).toMatchObject(place);
  }
});

test.each([
  { container: 'other' },
  { container: 'ndt-server', namespace: 'other' },
  { container: 'ndt-server', workload: { kind: 'daemonset', name: 'ndt-virtual' } },
  { container: 'ndt-server', workload: { kind: 'deployment', name: 'ndt' } },
])('a row with %j is of another container', (place) => {
  expect(closestRow([linuxRow({}, place)], linuxContainer())).toBeNull();
});

const pod = (rest: Partial<OwnedPod>): OwnedPod => ({
  name: 'p',
  nodeName: 'n1',
  templateHash: null,
  owner: null,
  ...rest,
});

test.each<[Partial<OwnedPod>, string]>([
  [{ owner: { kind: 'DaemonSet', name: 'ndt' } }, 'daemonset/ndt'],
  [{ owner: { kind: 'StatefulSet', name: 'db' } }, 'statefulset/db'],
  [{ owner: { kind: 'ReplicaSet', name: 'web-7d9f' }, templateHash: '7d9f' }, 'deployment/web'],
  [{ owner: { kind: 'ReplicaSet', name: 'web-7d9f' } }, 'replicaset/web-7d9f'],
  [{ owner: { kind: 'ReplicaSet', name: 'web-7d9f' }, templateHash: 'other' }, 'replicaset/web-7d9f'],
  [{ owner: { kind: 'Job', name: 'backup-29401234' } }, 'cronjob/backup'],
  [{ owner: { kind: 'Job', name: 'backup' } }, 'job/backup'],
  [{ name: 'kube-proxy-n1', owner: { kind: 'Node', name: 'n1' } }, 'pod/kube-proxy'],
  [{ name: 'kube-proxy', owner: { kind: 'Node', name: 'n1' } }, 'pod/kube-proxy'],
  [{ name: 'by-hand' }, 'pod/by-hand'],
])('the pod %j is of %s', (of, expected) => {
  const { kind, name } = workloadOf(pod(of));
  expect(`${kind}/${name}`).toBe(expected);
});

test.each([
  [{}, false],
  [{ user: { uid: 0, gid: 65_534 } }, true],
  [{ user: { uid: 65_534, gid: 0 } }, true],
  [{ capabilities: ['NET_RAW'] }, true],
  [{ fileCapabilities: ['NET_RAW'] }, true],
  [{ privileged: true }, true],
  [{ hostNamespaces: ['pid'] }, true],
  [{ hostRoot: true }, true],
] as const)('M49: whether %j needs a reason: %s', (runs, expected) => {
  expect(needsReason(linuxRow(runs).runs)).toBe(expected);
});

test('M49: of Windows only a HostProcess container needs a reason', () => {
  expect(needsReason({ os: 'windows', userName: 'ContainerUser', hostProcess: false })).toBe(false);
  expect(needsReason({ os: 'windows', userName: 'SYSTEM', hostProcess: true })).toBe(true);
});

test.each([
  [['*'], [], true],
  [['*'], ['default'], false],
  [['default'], [], true],
  [['default'], ['default'], false],
  [['other'], [], false],
])('namespaces %j without %j: the namespace default is looked at: %s', (namespaces, ignore, expected) => {
  expect(isLookedAt({ rows: [], namespaces, ignore }, 'default')).toBe(expected);
});
