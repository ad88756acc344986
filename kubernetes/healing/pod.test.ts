/** Names and manifest of the healing pod. */

import { expect, test } from '@jest/globals';

import {
  ATTEMPT_LABEL,
  HEALING_POD_LABELS,
  NODE_UID_LABEL,
  SAFE_TO_EVICT_ANNOTATION,
  SIDECAR_OPT_OUT,
} from '../../contracts/healing/names.ts';
import { OS_LABEL, WINDOWS_OS } from '../../contracts/names.ts';
import { nodeName, nodeRef } from '../../tests/fixtures/nodes.ts';
import {
  type HealingPodSettings,
  healingPodManifest,
  healingPodName,
  NODE_NAME_ANNOTATION,
  NODE_NAME_LABEL,
  nodeNameLabel,
  RUN_ANNOTATION,
} from './pod.ts';

const node = nodeRef('akswin000001');
const settings: HealingPodSettings = {
  namespace: 'vigilante',
  image: 'pause:1',
  tolerations: [{ operator: 'Exists' }],
  resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { cpu: '50m', memory: '128Mi' } },
  intervalMs: 30_000,
};

const podOf = (configured: HealingPodSettings) => healingPodManifest({ node, attempt: 7, run: 'run-1' }, configured);

/** What the scheduler makes of the affinity, for a node of this name. */
function isAllowedOn({ affinity }: ReturnType<typeof podOf>['spec'], name: string): boolean {
  const fields: Readonly<Record<string, string>> = { 'metadata.name': name };
  const terms = affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
  return terms.some(({ matchFields }) =>
    matchFields.every(
      ({ key, operator, values }) => operator === 'In' && values.some((value) => value === fields[key]),
    ),
  );
}

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

test('H4: the pod has the labels that a list selects on, and names its node, attempt and run', () => {
  const { metadata } = podOf(settings);
  expect(metadata.labels).toMatchObject({
    ...HEALING_POD_LABELS,
    [NODE_UID_LABEL]: node.uid,
    [NODE_NAME_LABEL]: nodeNameLabel(node.name),
    [ATTEMPT_LABEL]: '7',
  });
  expect(metadata.annotations).toMatchObject({ [NODE_NAME_ANNOTATION]: node.name, [RUN_ANNOTATION]: 'run-1' });
  expect(metadata).toMatchObject({ name: healingPodName({ node: node.name, attempt: 7 }) });
});

test('H4: only its own node lets the pod in, in spite of every taint that the configuration tolerates', () => {
  const { spec } = podOf(settings);
  expect([isAllowedOn(spec, node.name), isAllowedOn(spec, 'akswin000002')]).toEqual([true, false]);
  expect(spec.tolerations).toEqual(expect.arrayContaining([...settings.tolerations]));
  // The system that the pod is judged by is the one that its node must have.
  expect(spec.os).toEqual({ name: WINDOWS_OS });
  expect(spec.nodeSelector).toMatchObject({ [OS_LABEL]: spec.os.name });
});

test('H4: the pod goes with its node, and neither a drain nor the autoscaler waits for it', () => {
  const { metadata, spec } = podOf(settings);
  expect(metadata.ownerReferences).toMatchObject([{ kind: 'Node', name: node.name, uid: node.uid, controller: true }]);
  expect(metadata.annotations).toMatchObject({ [SAFE_TO_EVICT_ANNOTATION]: 'true' });
  expect(spec.terminationGracePeriodSeconds).toBe(0);
});

test('H4: the pod has no token, no root and no sidecar', () => {
  const { metadata, spec } = podOf(settings);
  expect(spec).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
  expect(metadata).toMatchObject(SIDECAR_OPT_OUT);
});

test('H4: namespace, image and resources are those of the configuration; what it leaves out, the cluster decides', () => {
  const { metadata, spec } = podOf(settings);
  expect(metadata.namespace).toBe(settings.namespace);
  const [container] = spec.containers;
  expect(container).toMatchObject({ image: settings.image, resources: settings.resources });
  for (const key of ['priorityClassName', 'schedulerName', 'imagePullSecrets']) expect(spec).not.toHaveProperty(key);
});

test('H4: labels, annotations, class, scheduler and secrets of the configuration are on the pod; its own keys stay', () => {
  const labels = { team: 'platform', 'sidecar.istio.io/inject': 'true' };
  const annotations = { 'example.com/owner': 'platform', 'linkerd.io/inject': 'enabled' };
  const placement = {
    priorityClassName: 'never-displaces',
    schedulerName: 'other-scheduler',
    imagePullSecrets: [{ name: 'registry' }],
  };
  const { metadata, spec } = podOf({
    ...settings,
    ...placement,
    labels: { ...labels, [ATTEMPT_LABEL]: '1' },
    annotations: { ...annotations, [RUN_ANNOTATION]: 'other' },
  });
  expect(metadata.labels).toMatchObject({ ...labels, ...HEALING_POD_LABELS, [ATTEMPT_LABEL]: '7' });
  expect(metadata.annotations).toMatchObject({
    ...SIDECAR_OPT_OUT.annotations,
    ...annotations,
    [RUN_ANNOTATION]: 'run-1',
  });
  expect(spec).toMatchObject(placement);
});

test.each([
  [100, 600],
  [60_000, 600],
  [60_001, 601],
  [3_600_000, 36_000],
])('H4: with an interval of %d ms a forgotten pod ends after %d s', (intervalMs, seconds) => {
  expect(podOf({ ...settings, intervalMs }).spec.activeDeadlineSeconds).toBe(seconds);
});
