/** What is read of pods as the API server answers them. */

import { expect, test } from '@jest/globals';
import { containersOf } from './pods.ts';

const ID = 'a'.repeat(64);

function pod(spec: object = {}, rest: { readonly metadata?: object; readonly status?: object } = {}) {
  return {
    metadata: { name: 'ndt-x1', namespace: 'mlab', uid: 'u1', ...rest.metadata },
    spec: { nodeName: 'lga01', containers: [{ name: 'ndt' }], ...spec },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'ndt', containerID: `containerd://${ID}` }],
      ...rest.status,
    },
  };
}

const only = (body: object) => {
  const [container, ...others] = containersOf(body);
  if (container === undefined || others.length > 0) throw new Error('expected one container');
  return container;
};

test('a pod without anything of its own leaves all to its image', () => {
  expect(only(pod())).toEqual({
    namespace: 'mlab',
    pod: 'ndt-x1',
    node: 'lga01',
    workload: { kind: 'pod', name: 'ndt-x1' },
    owner: { apiVersion: 'v1', kind: 'Pod', name: 'ndt-x1', uid: 'u1' },
    container: 'ndt',
    containerId: ID,
    os: 'linux',
    startedAs: null,
    spec: { uid: null, gid: null, privileged: false, add: [], drop: [], hostNamespaces: [], hostRoot: false },
  });
});

test('what the container says goes before what the pod says', () => {
  const spec = {
    securityContext: { runAsUser: 1, runAsGroup: 2 },
    containers: [
      {
        name: 'ndt',
        securityContext: { runAsUser: 0, privileged: true, capabilities: { add: ['NET_RAW'], drop: ['ALL'] } },
      },
    ],
  };
  expect(only(pod(spec)).spec).toMatchObject({ uid: 0, gid: 2, privileged: true, add: ['NET_RAW'], drop: ['ALL'] });
});

test('the namespaces of the node are those of the pod', () => {
  expect(only(pod({ hostNetwork: true, hostPID: true, hostIPC: true })).spec).toMatchObject({
    hostNamespaces: ['network', 'pid', 'ipc'],
  });
});

test.each([
  ['/', true],
  ['//', true],
  ['/./', true],
  ['/var', false],
  ['', false],
])('a hostPath %j is the root of the node: %s', (path, hostRoot) => {
  const spec = {
    volumes: [{ name: 'v', hostPath: { path } }],
    containers: [{ name: 'ndt', volumeMounts: [{ name: 'v' }] }],
  };
  expect(only(pod(spec)).spec).toMatchObject({ hostRoot });
});

test('a container that does not mount the root has it not', () => {
  expect(only(pod({ volumes: [{ name: 'v', hostPath: { path: '/' } }] })).spec).toMatchObject({ hostRoot: false });
});

test('M50: the user that the kubelet reports is read', () => {
  const user = { linux: { uid: 5, gid: 6, supplementalGroups: [7] } };
  const status = { containerStatuses: [{ name: 'ndt', containerID: `cri-o://${ID}`, user }] };
  expect(only(pod({}, { status }))).toMatchObject({ startedAs: { uid: 5, gid: 6 } });
});

test('a pod of a DaemonSet belongs to it, and a static pod is its own owner', () => {
  const ref = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'ndt', uid: 'u2', controller: true };
  expect(only(pod({}, { metadata: { ownerReferences: [ref] } }))).toMatchObject({
    workload: { kind: 'daemonset', name: 'ndt' },
    owner: { kind: 'DaemonSet', uid: 'u2' },
  });
  const node = { apiVersion: 'v1', kind: 'Node', name: 'lga01', uid: 'u3', controller: true };
  expect(only(pod({}, { metadata: { name: 'proxy-lga01', ownerReferences: [node] } }))).toMatchObject({
    workload: { kind: 'pod', name: 'proxy' },
    owner: { kind: 'Pod', name: 'proxy-lga01' },
  });
});

test('init containers and those of kubectl debug are among them', () => {
  const state = (name: string) => [{ name, containerID: `containerd://${ID}` }];
  const body = pod(
    { initContainers: [{ name: 'init' }], ephemeralContainers: [{ name: 'debug' }] },
    { status: { initContainerStatuses: state('init'), ephemeralContainerStatuses: state('debug') } },
  );
  expect(containersOf(body).map(({ container }) => container)).toEqual(['init', 'ndt', 'debug']);
});

test.each([
  ['that has ended', pod({}, { status: { phase: 'Succeeded' } })],
  ['without a node', pod({ nodeName: undefined })],
  ['whose container was not made yet', pod({}, { status: { containerStatuses: [{ name: 'ndt', containerID: '' }] } })],
])('a pod %s has no container that runs', (_, body) => {
  expect(containersOf(body)).toEqual([]);
});

test.each([
  { os: { name: 'windows' } },
  { nodeSelector: { 'kubernetes.io/os': 'windows' } },
  { securityContext: { windowsOptions: {} } },
])('a pod with %j is of Windows', (spec) => {
  const windowsOptions = { hostProcess: true, runAsUserName: 'SYSTEM' };
  const containers = [{ name: 'ndt', securityContext: { windowsOptions } }];
  expect(only(pod({ ...spec, containers }))).toMatchObject({
    os: 'windows',
    spec: { hostProcess: true, userName: 'SYSTEM' },
  });
});
