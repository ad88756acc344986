/** One attempt against a real API server: what exists in the cluster afterwards, and what was asked. */

import { beforeEach, expect, test } from '@jest/globals';

import type { PodRef } from '../../../contracts/healing/activities.ts';
import type { NodeRef } from '../../../domain/node/identity.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import type { TestApiServer } from './api-server.ts';
import { createNode, deleteNode, NAMESPACE, patchNode, podNames, provePod, setReady } from './cluster-fixtures.ts';
import type { HealingWorld } from './healing-world.ts';
import { useHealingWorld } from './use-healing-world.ts';

let server: TestApiServer;
let world: HealingWorld;
let nodeCount = 0;
let node: NodeRef;

useHealingWorld((started) => {
  ({ server, world } = started);
});

beforeEach(async () => {
  node = await newNode();
  await server.admin.demand('DELETE', `/api/v1/namespaces/${NAMESPACE}/pods?gracePeriodSeconds=0`);
  world.requests.length = 0;
});

async function newNode(): Promise<NodeRef> {
  nodeCount += 1;
  const created = await createNode(server.admin, `win-${nodeCount}`);
  const observation = await world.nodes.observe(created.name);
  if (observation.kind === 'present') world.known.set(created.name, observation.facts);
  return created;
}

async function createdPod(attempt: number, previousPod: PodRef | null = null): Promise<PodRef> {
  const { outcome } = await world.run('attemptPod', { node, attempt, previousPod });
  if (outcome.kind !== 'created') throw new Error(`expected a pod, got ${JSON.stringify(outcome)}`);
  return outcome.pod;
}

const verbs = () => world.requests.map(({ verb, resource, code }) => `${verb} ${resource} ${code}`);

test('H3: an attempt deletes and judges the last pod and creates the next, in two requests', async () => {
  const first = await createdPod(1);
  await provePod(server.admin, first.name);
  world.requests.length = 0;

  const result = await world.run('attemptPod', { node, attempt: 2, previousPod: first });

  expect(verbs()).toEqual(['delete pods 200', 'create pods 201']);
  expect(result.judgement).toEqual({ podName: first.name, level: 2, detail: 'ip 10.244.3.7, sandbox ready' });
  expect(result.outcome).toMatchObject({
    kind: 'created',
    pod: { name: `vigilante-snat-healer-${node.name}-2`, attempt: 2 },
  });
  expect(await podNames(server.admin)).toEqual([`vigilante-snat-healer-${node.name}-2`]);
});

test('H4: Pod Security "restricted" accepts the healing pod', async () => {
  // The namespace of these tests enforces it; a pod that it must refuse shows that it does.
  const spec = { containers: [{ name: 'a', image: 'a' }] };
  const path = `/api/v1/namespaces/${NAMESPACE}/pods`;
  const refused = await server.admin.call('POST', path, { body: { metadata: { name: 'bad' }, spec } });
  expect(refused).toMatchObject({ status: 403, body: { message: expect.stringContaining('PodSecurity') } });

  await createdPod(1);
  expect(await podNames(server.admin)).toHaveLength(1);
});

test('H5: for a pod that proved nothing its Events say why, read once', async () => {
  const pod = await createdPod(1);
  const message = 'failed to setup network for sandbox';
  await server.admin.demand('POST', `/api/v1/namespaces/${NAMESPACE}/events`, {
    body: {
      metadata: { name: 'no-sandbox' },
      involvedObject: {
        kind: 'Pod',
        namespace: NAMESPACE,
        name: pod.name,
        uid: pod.uid,
      },
      type: 'Warning',
      reason: 'FailedCreatePodSandBox',
      message,
      lastTimestamp: '2026-01-01T00:00:00Z',
    },
  });
  world.requests.length = 0;

  const { judgement } = await world.run('attemptPod', { node, attempt: 2, previousPod: pod });

  expect(judgement).toEqual({ podName: pod.name, level: 0, detail: `FailedCreatePodSandBox: ${message}` });
  expect(verbs()).toEqual(['delete pods 200', 'list events 200', 'create pods 201']);
});

test('H15: a retried attempt adopts the pod that it had made, and the lost pod has no judgement', async () => {
  const first = await createdPod(1);
  const second = await createdPod(2, first);

  const retried = await world.run('attemptPod', { node, attempt: 2, previousPod: first });

  expect(retried.outcome).toEqual({ kind: 'created', pod: second });
  expect(retried.judgement).toBeNull();
  expect(await podNames(server.admin)).toEqual([second.name]);
});

test('H3: a pod of the same name for another uid of the node is removed, and the attempt made', async () => {
  const old = await createdPod(1);
  await deleteNode(server.admin, node.name);
  node = await createNode(server.admin, node.name);
  world.known.clear();

  const pod = await createdPod(1);

  expect(pod.name).toBe(old.name);
  expect(pod.uid).not.toBe(old.uid);
  expect(await podNames(server.admin)).toEqual([pod.name]);
});

test('H3: a previous pod with another uid is left alone', async () => {
  const pod = await createdPod(1);
  const stranger = { ...pod, uid: '00000000-0000-0000-0000-000000000000' };

  const { judgement, outcome } = await world.run('attemptPod', { node, attempt: 2, previousPod: stranger });

  expect(judgement).toBeNull();
  expect(outcome.kind).toBe('created');
  expect(await podNames(server.admin)).toHaveLength(2);
});

test.each([
  ['is gone', async () => deleteNode(server.admin, node.name)],
  ['is not ready', async () => setReady(server.admin, node.name, false)],
  [
    'is healed',
    async () => patchNode(server.admin, node.name, { annotations: { 'cops-vigilante-snat-node-healed': 'TRUE' } }),
  ],
  [
    'is switched off',
    async () => patchNode(server.admin, node.name, { annotations: { 'vigilante-healing': 'disabled' } }),
  ],
  ['is not Windows', async () => patchNode(server.admin, node.name, { labels: { 'kubernetes.io/os': 'linux' } })],
])('H9: nothing is deleted or created for a node that %s', async (_how, change) => {
  const pod = await createdPod(1);
  await change();
  world.known.delete(node.name);

  const result = await world.run('attemptPod', { node, attempt: 2, previousPod: pod });

  expect(result.outcome).toEqual({ kind: 'skipped' });
  expect(await podNames(server.admin)).toEqual([pod.name]);
});

test('H9: a node of that name with another uid is left alone', async () => {
  const previous = node;
  await deleteNode(server.admin, node.name);
  const replacement = await createNode(server.admin, node.name);

  world.known.clear();
  const result = await world.run('attemptPod', { node: previous, attempt: 1, previousPod: null });

  expect(result.outcome).toEqual({ kind: 'skipped' });
  expect(result.node).toMatchObject({ kind: 'present', facts: { uid: replacement.uid } });
  expect(await podNames(server.admin)).toEqual([]);
});

test('a cache that lags behind does not skip an attempt: the API server decides', async () => {
  const facts = world.known.get(node.name);
  if (facts === undefined) throw new Error('not known');
  world.known.set(node.name, { ...facts, ready: false });

  const { outcome } = await world.run('attemptPod', { node, attempt: 1, previousPod: null });

  expect(outcome.kind).toBe('created');
  expect(verbs()).toEqual(['get nodes 200', 'create pods 201']);
});

test('H11: a pod over the quota is rejected, with the message of the API server', async () => {
  const path = `/api/v1/namespaces/${NAMESPACE}/resourcequotas`;
  const hard = { pods: '0' };
  await server.admin.demand('POST', path, { body: { metadata: { name: 'none' }, spec: { hard } } });
  const status = { body: { status: { hard, used: { pods: '0' } } }, contentType: MERGE_PATCH };
  await server.admin.demand('PATCH', `${path}/none/status`, status);
  try {
    const outcome = await rejectedOutcome();
    expect(outcome).toMatchObject({ kind: 'rejected', status: 403 });
    expect(outcome).toMatchObject({
      message: expect.stringMatching(
        /^create pods vigilante\/vigilante-snat-healer-.* 403 Forbidden: .*exceeded quota/,
      ),
    });
    expect(world.attempts.at(-1)).toMatchObject({ outcome: 'rejected', attempt: 1 });
  } finally {
    await server.admin.demand('DELETE', `${path}/none`);
  }
});

test('H11: a pod that admission denies is rejected', async () => {
  const group = '/apis/admissionregistration.k8s.io/v1';
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
  await server.admin.demand('POST', `${group}/validatingadmissionpolicies`, {
    body: {
      metadata: { name: 'no-pods' },
      spec: {
        matchConstraints: { resourceRules: [rule] },
        validations: [{ expression: 'false', message: 'no pods today' }],
      },
    },
  });
  await server.admin.demand('POST', `${group}/validatingadmissionpolicybindings`, {
    body: { metadata: { name: 'no-pods' }, spec: { policyName: 'no-pods', validationActions: ['Deny'] } },
  });
  try {
    const outcome = await rejectedOutcome();
    expect(outcome).toMatchObject({ kind: 'rejected', status: 422, message: expect.stringContaining('no pods today') });
  } finally {
    await server.admin.demand('DELETE', `${group}/validatingadmissionpolicybindings/no-pods`);
    await server.admin.demand('DELETE', `${group}/validatingadmissionpolicies/no-pods`);
  }
  await waitUntil(async () => (await tryOnce()).kind === 'created', {
    what: 'the policy to be gone',
    timeoutMs: 120_000,
  });
});

/** Quotas and policies reach the API server's caches a little late. */
async function rejectedOutcome() {
  const rejected = async () => {
    const outcome = await tryOnce();
    return outcome.kind === 'rejected' ? outcome : null;
  };
  return waitUntil(rejected, { what: 'a pod to be rejected', timeoutMs: 120_000 });
}

async function tryOnce() {
  const { outcome } = await world.run('attemptPod', { node, attempt: 1, previousPod: null });
  if (outcome.kind === 'created') await world.pods.delete(outcome.pod);
  return outcome;
}
