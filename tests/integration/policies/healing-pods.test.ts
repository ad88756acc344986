/** Which pods the tokens of worker and starter can create and delete, asked of a real API server. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FIELD_MANAGER } from '../../../contracts/names.ts';
import { connectCluster } from '../../../kubernetes/client/connection.ts';
import { type HealingPodSettings, healingPodManifest } from '../../../kubernetes/healing/pod.ts';
import { createHealingPods } from '../../../kubernetes/healing/pods.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { auditUser } from '../../../sandbox/audit.ts';
import { RELEASE_NAMESPACE } from '../../../sandbox/layout.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { nodeRef } from '../../fixtures/nodes.ts';
import { HOSTILE_PODS, type PodBody } from './hostile-pods.ts';
import { type Mutation, PODS, type PolicyWorld, refusalOf, startPolicyWorld } from './policy-world.ts';

const IMAGE = 'registry.example.com/pause:1';
const SETTINGS = {
  image: IMAGE,
  labels: { team: 'platform' },
  annotations: { 'example.com/owner': 'platform' },
  imagePullSecrets: [{ name: 'registry' }],
  resources: {
    requests: {
      cpu: '50m',
      memory: '128Mi',
    },
    limits: {
      cpu: '50m',
      memory: '128Mi',
    },
  },
} as const;
const node = nodeRef('win-1', '11111111-1111-4111-8111-111111111111');
const settings: HealingPodSettings = {
  ...SETTINGS,
  namespace: RELEASE_NAMESPACE,
  tolerations: [{ operator: 'Exists' }],
  intervalMs: 3e4,
};

let world: PolicyWorld;

beforeAll(async () => {
  world = await startPolicyWorld({ healing: { pod: SETTINGS } });
  // The API server knows no pod of a class that is not there.
  const body = { metadata: { name: 'kata' }, handler: 'kata' };
  await world.admin.demand('POST', '/apis/node.k8s.io/v1/runtimeclasses', { body });
});

afterAll(async () => {
  await world?.stop();
});

const healingPod = (attempt = 1): PodBody => healingPodManifest({ node, attempt, run: 'run-1' }, settings);

/** As the worker sends it. */
const AS_WORKER = `${PODS}?dryRun=All&fieldManager=${FIELD_MANAGER}`;

test('the worker creates and deletes its pods, with all settings of the configuration', async () => {
  const connection = connectCluster({ kubeconfig: world.kubeconfig('worker') });
  try {
    const pods = createHealingPods(connection, settings);
    const made = await pods.create({ node, attempt: 1, run: 'run-1' });
    if (made.kind !== 'created') throw new Error(JSON.stringify(made));
    expect(await pods.delete(made.pod)).toMatchObject({ kind: 'deleted' });
  } finally {
    await connection.close();
  }
});

test('a worker of the release before, which names no field manager, still creates its pods', async () => {
  const { status } = await world.worker.call('POST', `${PODS}?dryRun=All`, { body: healingPod() });
  expect(status).toBe(201);
});

const OURS_ALONE = { manager: FIELD_MANAGER, operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1' };
const FORGERIES: readonly (readonly object[])[] = [
  [{}],
  [{ ...OURS_ALONE, time: '2020-01-01T00:00:00Z', fieldsV1: { 'f:metadata': { 'f:labels': {} } } }],
  [{ ...OURS_ALONE, time: '2020-01-01T00:00:00Z', fieldsV1: {} }],
  // Not put together with the entry of the request, and older, so that it is the first of two.
  [
    {
      ...OURS_ALONE,
      subresource: 'status',
      time: '2020-01-01T00:00:00Z',
      fieldsV1: { 'f:metadata': { 'f:labels': { 'f:a': {} } } },
    },
  ],
  [{ ...OURS_ALONE, operation: 'Apply', time: '2020-01-01T00:00:00Z', fieldsV1: { 'f:spec': {} } }],
];

test.each(HOSTILE_PODS)(
  'refused, whatever field manager and entries are claimed: a pod with %s',
  async (_, change, says) => {
    const body = change(healingPod());
    const forged = FORGERIES.map((managedFields) => ({ ...body, metadata: { ...body.metadata, managedFields } }));
    const requests = [
      [AS_WORKER, body],
      [`${PODS}?dryRun=All`, body],
      [`${PODS}?dryRun=All&fieldManager=kubelet`, body],
      ...forged.map((pod) => [AS_WORKER, pod] as const),
    ] as const;
    for (const [path, pod] of requests) {
      expect(refusalOf(await world.worker.call('POST', path, { body: pod }))).toMatch(says);
    }
  },
);

test('an administrator may create all of these that are valid', async () => {
  for (const [title, change] of HOSTILE_PODS) {
    const answer = await world.admin.call('POST', `${PODS}?dryRun=All`, { body: change(healingPod()) });
    // An account, a class, a runtime or a claim that is not there.
    const isUnknown = answer.status === 403 && !refusalOf(answer).startsWith('a healing pod');
    expect({ title, fine: isUnknown || answer.status === 201, refusal: refusalOf(answer) }).toMatchObject({
      fine: true,
    });
  }
});

function mutatedPod(): PodBody {
  const { metadata, spec } = healingPod();
  const annotations = { ...Object(metadata['annotations']), 'example.com/owner': 'mutated' };
  return { metadata: { ...metadata, annotations }, spec };
}

/** What a service mesh, a mirror of images and other policies do to each pod that is created. */
const INTERFERENCE: Mutation = {
  name: 'interference',
  resources: ['pods'],
  operation: 'CREATE',
  condition: `object.metadata.?annotations[?"example.com/owner"].orValue("") == "mutated"`,
  patches: `[
    JSONPatch{op: "add", path: "/spec/containers/-", value: Object.spec.containers{name: "sidecar", image: "mesh", env: [
      Object.spec.containers.env{name: "A", value: "a"}]}},
    JSONPatch{op: "add", path: "/metadata/labels/mesh", value: "yes"},
    JSONPatch{op: "add", path: "/metadata/annotations/example.com~1mesh", value: "yes"},
    JSONPatch{op: "add", path: "/spec/dnsConfig", value: Object.spec.dnsConfig{nameservers: ["10.0.0.10"]}},
    JSONPatch{op: "replace", path: "/spec/containers/0/image", value: object.spec.containers[0].image + "@sha256:${'0'.repeat(64)}"}
  ]`,
  async isObeyed(admin) {
    const { body } = await admin.call('POST', `${PODS}?dryRun=All`, { body: mutatedPod() });
    return JSON.stringify(body).includes('"sidecar"');
  },
};

test('what the mutating policies of others add to a pod does not stop the worker, and excuses nothing that it sends', async () => {
  await world.addMutation(INTERFERENCE);
  const answer = await world.worker.call('POST', AS_WORKER, { body: mutatedPod() });
  expect({ status: answer.status, refusal: refusalOf(answer) }).toEqual({ status: 201, refusal: '' });
  expect(JSON.stringify(answer.body)).toContain('"sidecar"');
  // The patch of the policy needs labels to add one.
  for (const [title, change] of HOSTILE_PODS.filter(([title]) => title !== 'no label')) {
    const body = change(mutatedPod());
    for (const metadata of [body.metadata, { ...body.metadata, managedFields: [{}] }]) {
      const status = await world.worker.call('POST', AS_WORKER, { body: { ...body, metadata } }).then(
        (refused) => refused.status,
        // The mutation of a pod that lacks what it patches ends the stream within the API server (1.36.3).
        () => 500,
      );
      // A label or a list that the change took away fails the mutation itself.
      expect({ title, isRefused: [403, 422, 500].includes(status) }).toEqual({ title, isRefused: true });
    }
  }
});

const FOREIGN_POD = {
  metadata: { name: 'foreign', labels: { 'app.kubernetes.io/managed-by': 'vigilante' } },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'a', image: 'a' }] },
};

test.each(['worker', 'starter'] as const)('the %s deletes healing pods, and no other pod', async (component) => {
  await world.admin.demand('POST', PODS, { body: FOREIGN_POD });
  const { metadata } = healingPod(2);
  await world.worker.demand('POST', `${PODS}?fieldManager=${FIELD_MANAGER}`, { body: healingPod(2) });
  expect(refusalOf(await world[component].call('DELETE', `${PODS}/foreign`))).toMatch(
    /with the labels of healing pods$/,
  );
  expect((await world[component].call('DELETE', `${PODS}/${String(metadata['name'])}`)).status).toBe(200);
  await world.admin.demand('DELETE', `${PODS}/foreign`);
});

/** Rights that neither process has, given to the worker's account: the policy does not rely on their absence. */
async function giveAllPods(): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  // RBAC has no `pods/*`.
  const parts = ['exec', 'ephemeralcontainers', 'status', 'eviction', 'binding'].map((part) => `pods/${part}`);
  const rules = [{ apiGroups: [''], resources: ['pods', ...parts], verbs: ['*'] }];
  await world.admin.demand('POST', `${rbac}/clusterroles`, {
    body: { metadata: { name: 'all-pods' }, rules },
    alsoFine: [409],
  });
  await world.admin.demand('POST', `${rbac}/clusterrolebindings`, {
    body: {
      metadata: { name: 'all-pods' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'all-pods' },
      subjects: [{ kind: 'User', name: auditUser('vigilante-worker') }],
    },
    alsoFine: [409],
  });
  await waitUntil(async () => (await world.worker.call('GET', '/api/v1/namespaces/default/pods')).status === 200, {
    what: 'the rights on all pods',
    timeoutMs: 120_000,
  });
}

test('with rights on all pods and their parts the accounts may still do no more', async () => {
  const ours = `${PODS}/${String(healingPod().metadata['name'])}`;
  await world.worker.demand('POST', `${PODS}?fieldManager=${FIELD_MANAGER}`, { body: healingPod() });
  // Without it the API server refuses the pod itself.
  await world.admin.demand('POST', '/api/v1/namespaces/default/serviceaccounts', {
    body: { metadata: { name: 'default' } },
    alsoFine: [409],
  });
  const noParts = async (refusedBy: RegExp) => {
    for (const [method, path, body] of [
      ['GET', `${ours}/exec?command=cmd&stdout=true`, undefined],
      ['PATCH', `${ours}/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: 'a', image: 'a' }] } }],
      ['PATCH', ours, { metadata: { labels: { team: 'other' } } }],
      ['PATCH', `${ours}/status`, { status: { phase: 'Running' } }],
      ['POST', `${ours}/eviction`, { metadata: { name: healingPod().metadata['name'] } }],
      [
        'POST',
        `${ours}/binding`,
        { metadata: { name: healingPod().metadata['name'] }, target: { kind: 'Node', name: 'linux-1' } },
      ],
      [
        'POST',
        '/api/v1/namespaces/default/pods?dryRun=All',
        { ...healingPod(), metadata: { ...healingPod().metadata, namespace: 'default' } },
      ],
    ] as const) {
      const contentType = method === 'PATCH' ? MERGE_PATCH : 'application/json';
      const answer = await world.worker.call(method, path, body === undefined ? {} : { body, contentType });
      const said = JSON.stringify(answer.body);
      expect({ path, status: answer.status, said }).toEqual({
        path,
        status: 403,
        said: expect.stringMatching(refusedBy),
      });
    }
  };
  await noParts(/cannot (get|create|patch) resource|denied request/);
  await giveAllPods();
  await noParts(/denied request: /);
  expect((await world.worker.call('DELETE', ours)).status).toBe(200);
});

test('with the right to delete collections of pods they take no pod of others along', async () => {
  await giveAllPods();
  await world.admin.demand('POST', PODS, { body: FOREIGN_POD });
  expect((await world.worker.call('DELETE', PODS)).status).toBe(403);
  expect((await world.admin.call('GET', `${PODS}/foreign`)).status).toBe(200);
});
