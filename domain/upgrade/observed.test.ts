/** Versions as they are read of a cluster, and what is missing of them. */

import { describe, expect, test } from '@jest/globals';
import { type ComponentPod, observedVersions, type VersionFacts } from './observed.ts';

const NODES = [
  { name: 'cp-1', kubelet: 'v1.36.3', isControlPlane: true },
  { name: 'w-1', kubelet: 'v1.35.4', isControlPlane: false },
];

const pod = (component: string, node: string, image: string): ComponentPod => ({
  pod: `kube-system/${component}-${node}`,
  component,
  node,
  image,
});

const facts = (changes: Partial<VersionFacts> = {}): VersionFacts => ({
  controlPlane: 'pods',
  nodes: NODES,
  apiServers: [
    {
      url: 'https://10.0.0.1:6443',
      node: 'cp-1',
      answer: { kind: 'version', gitVersion: 'v1.36.3', emulated: '1.36' },
    },
  ],
  pods: [
    pod('kube-controller-manager', 'cp-1', 'registry.k8s.io/kube-controller-manager:v1.36.3'),
    pod('kube-scheduler', 'cp-1', 'localhost:5000/kube-scheduler:v1.36.2@sha256:0123'),
    pod('etcd', 'cp-1', 'registry.k8s.io/etcd:3.6.16-0'),
    pod('kube-proxy', 'cp-1', 'registry.k8s.io/kube-proxy:v1.36.3'),
    pod('kube-proxy', 'w-1', 'registry.k8s.io/kube-proxy:v1.36.3'),
  ],
  ...changes,
});

const versionsIn = (changes: Partial<VersionFacts> = {}) =>
  observedVersions(facts(changes)).running.map(({ component, node, version }) => `${component} ${node} ${version}`);
const unknownIn = (changes: Partial<VersionFacts>) => observedVersions(facts(changes)).unknown;
const server = (answer: VersionFacts['apiServers'][number]['answer'], node: string | null = 'cp-1') => ({
  apiServers: [{ url: 'https://10.0.0.1:6443', node, answer }],
});
const without = (component: string) => ({ pods: facts().pods.filter((one) => one.component !== component) });

describe('what is known', () => {
  test('M4: versions are those of what runs, of controllers and etcd by the tag of their image', () => {
    expect(versionsIn()).toEqual([
      'kube-apiserver cp-1 v1.36.3',
      'kubelet cp-1 v1.36.3',
      'kubelet w-1 v1.35.4',
      'kube-controller-manager cp-1 v1.36.3',
      'kube-scheduler cp-1 v1.36.2',
      'etcd cp-1 v3.6.16',
      'kube-proxy cp-1 v1.36.3',
      'kube-proxy w-1 v1.36.3',
    ]);
    expect(observedVersions(facts())).toMatchObject({ unknown: [], unjudged: [] });
  });

  test('M4: an API server that emulates says so, and one that emulates its own version emulates nothing', () => {
    const emulatedBy = (emulated: string | null) =>
      observedVersions(facts(server({ kind: 'version', gitVersion: 'v1.37.2', emulated }))).running[0]?.emulated;
    expect(['1.36', '1.37', null].map(emulatedBy)).toEqual([1_036, null, null]);
  });

  test('M4: where the control plane is managed only API servers and nodes are judged, and it is said', () => {
    const managed = { controlPlane: 'managed', pods: [] } as const;
    expect(versionsIn(managed)).toEqual(['kube-apiserver cp-1 v1.36.3', 'kubelet cp-1 v1.36.3', 'kubelet w-1 v1.35.4']);
    expect(observedVersions(facts(managed))).toMatchObject({
      unknown: [],
      unjudged: [expect.stringContaining('managed'), expect.stringContaining('on nodes, 2 in all')],
    });
  });

  test('M4: a managed API server runs on no node that can be seen', () => {
    const { running, unknown } = observedVersions(
      facts({ controlPlane: 'managed', ...server({ kind: 'version', gitVersion: 'v1.36.3', emulated: null }, null) }),
    );
    expect(running[0]).toMatchObject({ component: 'kube-apiserver', node: 'https://10.0.0.1:6443' });
    expect(unknown).toEqual([]);
  });
});

describe('what is not known', () => {
  const silent = { kind: 'silent', message: 'connection refused' } as const;
  test.each<[string, Partial<VersionFacts>, string]>([
    ['an API server that does not answer', server(silent), 'kube-apiserver of cp-1: connection refused'],
    [
      'an API server whose version is none',
      server({ kind: 'version', gitVersion: 'unknown', emulated: null }),
      'kube-apiserver of cp-1: "unknown" is no version',
    ],
    [
      'an API server that emulates rubbish',
      server({ kind: 'version', gitVersion: 'v1.37.2', emulated: '1.x' }),
      'kube-apiserver of cp-1 emulates 1.x, which is no version',
    ],
    [
      'a kubelet that reports none',
      { nodes: [...NODES, { name: 'w-2', kubelet: '', isControlPlane: false }] },
      'kubelet of w-2: "" is no version',
    ],
    [
      'a controller whose image has no tag',
      { pods: [...facts().pods, pod('kube-scheduler', 'cp-1', 'localhost:5000/kube-scheduler')] },
      'kube-scheduler of cp-1: "localhost:5000/kube-scheduler" is no version',
    ],
    [
      'a controller without a pod',
      without('kube-scheduler'),
      'kube-scheduler of cp-1: kube-system has no pod of it with the label component (maintenance.upgrade.controlPlane)',
    ],
    [
      'a node of the control plane without an API server',
      { nodes: [...NODES, { name: 'cp-2', kubelet: 'v1.36.3', isControlPlane: true }] },
      'kube-apiserver of cp-2: no address of an API server is that of this node',
    ],
    [
      'an API server on no node',
      server({ kind: 'version', gitVersion: 'v1.36.3', emulated: null }, null),
      'no node has the address of the API server https://10.0.0.1:6443',
    ],
    [
      'no API server at all',
      { apiServers: [] },
      'no address of an API server is known: set maintenance.upgrade.apiServers',
    ],
  ])('M4: %s is said', (_, changes, sentence) => {
    expect(unknownIn(changes)).toContain(sentence);
  });

  test('M4: kube-proxy without a version is not judged, and it is said', () => {
    const { unknown, unjudged } = observedVersions(
      facts({ pods: [...without('kube-proxy').pods, pod('kube-proxy', 'w-1', 'kube-proxy@sha256:0123')] }),
    );
    expect(unknown).toEqual([]);
    expect(unjudged).toEqual([
      'kube-proxy of w-1: "kube-proxy@sha256:0123" is no version',
      'kube-proxy: kube-system has no pod of it on nodes, 1 in all',
    ]);
  });

  test('M4: of a thousand kubelets without a version the first are named and the rest counted', () => {
    const nodes = Array.from({ length: 1_000 }, (_, index) => ({
      name: `w-${index}`,
      kubelet: 'rubbish',
      isControlPlane: false,
    }));
    const unknown = unknownIn({ nodes: [...NODES, ...nodes] });
    expect([unknown.length, unknown.at(-1)]).toEqual([200, 'and 801 more']);
  });
});
