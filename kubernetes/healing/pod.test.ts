/** Names and manifest of the healing pod. */

import { expect, test } from '@jest/globals';

import { parseNodeName, parseNodeUid } from '../../domain/node/identity.ts';
import { type HealingPodSettings, healingPodManifest, healingPodName, nodeNameLabel } from './pod.ts';

function nodeName(value: string) {
  const name = parseNodeName(value);
  if (name === null) throw new Error(`${value} is no node name`);
  return name;
}

const uid = parseNodeUid('0d5f0f3e-uid');
if (uid === null) throw new Error('not a uid');
const node = { name: nodeName('akswin000001'), uid };
const settings: HealingPodSettings = {
  namespace: 'vigilante',
  image: 'pause:1',
  tolerations: [{ operator: 'Exists' }],
  resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { cpu: '50m', memory: '128Mi' } },
  intervalMs: 30_000,
};

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

test('H4: the name is computed from node and attempt', () => {
  expect(healingPodName({ node: node.name, attempt: 7 })).toBe('vigilante-snat-healer-akswin000001-7');
});

test.each([
  ['fits in 63 characters', 'a'.repeat(39), 1, true],
  ['is one too long', 'a'.repeat(40), 1, false],
  ['is too long for its attempt', 'a'.repeat(39), 10, false],
  ['has dots', 'win.example.com', 1, false],
  ['has 253 characters', `${`${'b'.repeat(49)}.`.repeat(5)}abc`, 123_456_789, false],
  ['has a dash where it is cut', `${'a'.repeat(27)}---${'b'.repeat(60)}`, 1, false],
])('H4: a node name that %s gives a DNS label', (_title, name, attempt, plain) => {
  const podName = healingPodName({ node: nodeName(name), attempt });
  expect(podName).toMatch(DNS_LABEL);
  expect(podName.endsWith(`-${attempt}`)).toBe(true);
  expect(podName.includes(name)).toBe(plain);
  expect(healingPodName({ node: nodeName(name), attempt })).toBe(podName);
});

test('H4: long names that begin alike, and names that differ by a dot, give different pods', () => {
  const names = [`${'a'.repeat(60)}b`, `${'a'.repeat(60)}c`, 'win.one', 'win-one'].map(nodeName);
  expect(new Set(names.map((name) => healingPodName({ node: name, attempt: 1 }))).size).toBe(4);
});

test('the label with the node name holds at most 63 characters', () => {
  expect(nodeNameLabel(nodeName('win.example.com'))).toBe('win.example.com');
  expect(nodeNameLabel(nodeName('a'.repeat(63)))).toBe('a'.repeat(63));
  expect(nodeNameLabel(nodeName('a'.repeat(64)))).toMatch(DNS_LABEL);
});

test('H4: the manifest says all that the pod must be', () => {
  const { metadata, spec } = healingPodManifest({ node, attempt: 7, run: 'run-1' }, settings);
  expect(metadata).toEqual({
    name: 'vigilante-snat-healer-akswin000001-7',
    namespace: 'vigilante',
    labels: {
      'sidecar.istio.io/inject': 'false',
      'app.kubernetes.io/managed-by': 'vigilante',
      'app.kubernetes.io/component': 'snat-healer',
      'vigilante-node-uid': node.uid,
      'vigilante-node-name': 'akswin000001',
      'vigilante-attempt': '7',
    },
    annotations: {
      'sidecar.istio.io/inject': 'false',
      'linkerd.io/inject': 'disabled',
      'vigilante-node-name': 'akswin000001',
      'vigilante-run': 'run-1',
      'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true',
    },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid, controller: true }],
  });
  expect(spec).toMatchObject({
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    os: { name: 'windows' },
    nodeSelector: { 'kubernetes.io/os': 'windows' },
    tolerations: [{ operator: 'Exists' }],
    securityContext: { runAsNonRoot: true },
  });
  const terms = spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
  expect(terms).toEqual([{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node.name] }] }]);
  const { resources } = settings;
  expect(spec.containers).toEqual([{ name: 'pause', image: 'pause:1', imagePullPolicy: 'IfNotPresent', resources }]);
  for (const key of ['priorityClassName', 'schedulerName', 'imagePullSecrets']) expect(spec).not.toHaveProperty(key);
});

test('H4: labels, annotations, class, scheduler and secrets of the configuration are on the pod; its own keys stay', () => {
  const { metadata, spec } = healingPodManifest(
    { node, attempt: 7, run: 'run-1' },
    {
      ...settings,
      labels: { team: 'platform', 'sidecar.istio.io/inject': 'true', 'vigilante-attempt': '1' },
      annotations: { 'example.com/owner': 'platform', 'linkerd.io/inject': 'enabled', 'vigilante-run': 'other' },
      priorityClassName: 'never-displaces',
      schedulerName: 'other-scheduler',
      imagePullSecrets: [{ name: 'registry' }],
    },
  );
  expect(metadata.labels).toMatchObject({
    team: 'platform',
    'sidecar.istio.io/inject': 'true',
    'vigilante-attempt': '7',
    'app.kubernetes.io/managed-by': 'vigilante',
  });
  expect(metadata.annotations).toMatchObject({
    'example.com/owner': 'platform',
    'linkerd.io/inject': 'enabled',
    'vigilante-run': 'run-1',
    'sidecar.istio.io/inject': 'false',
  });
  expect(spec).toMatchObject({
    priorityClassName: 'never-displaces',
    schedulerName: 'other-scheduler',
    imagePullSecrets: [{ name: 'registry' }],
  });
});

test.each([
  [100, 600],
  [60_000, 600],
  [60_001, 601],
  [3_600_000, 36_000],
])('H4: with an interval of %d ms a forgotten pod ends after %d s', (intervalMs, seconds) => {
  const pod = healingPodManifest({ node, attempt: 1, run: 'run-1' }, { ...settings, intervalMs });
  expect(pod.spec.activeDeadlineSeconds).toBe(seconds);
});
