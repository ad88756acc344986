/** Which pods may be made in the namespace of the maintenance, and by whom, asked of a real API server. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { actPodManifest, type PodTemplate } from '../../../kubernetes/maintenance/act-pod.ts';
import { createActPods } from '../../../kubernetes/maintenance/act-pods.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { MAINTENANCE_NAMESPACE } from '../../../sandbox/layout.ts';
import { nodesOf } from '../../../sandbox/nodes.ts';
import { nodeRef } from '../../fixtures/nodes.ts';
import { ACT_PODS, PODS, type PolicyWorld, refusalOf, startPolicyWorld } from './policy-world.ts';

const TEMPLATE: PodTemplate = {
  spec: {
    hostPID: true,
    containers: [{ name: 'act', image: 'registry.example.com/act:1', securityContext: { privileged: true } }],
    volumes: [{ name: 'host', hostPath: { path: '/' } }],
  },
};

let world: PolicyWorld;
let connection: ClusterConnection;
let uid: string;

beforeAll(async () => {
  world = await startPolicyWorld({});
  ({ uid } = await nodesOf(world.admin).addNode('lin-1', { os: 'linux' }));
  connection = connectCluster({ kubeconfig: world.kubeconfig('maintainer') });
});

afterAll(async () => {
  await connection?.close();
  await world?.stop();
});

const act = (key: string) => ({ node: nodeRef('lin-1', uid), key, env: {}, deadlineMs: 60_000 });
const manifest = () => actPodManifest(act('tried'), TEMPLATE);
type Manifest = ReturnType<typeof manifest>;

const withSpec = (pod: Manifest, spec: object) => ({ ...pod, spec: { ...pod.spec, ...spec } });
const withMetadata = (pod: Manifest, metadata: object) => ({ ...pod, metadata: { ...pod.metadata, ...metadata } });
const pinnedBy = (...terms: readonly object[]) => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
});
const byName = (...values: readonly string[]) => ({ matchFields: [{ key: 'metadata.name', operator: 'In', values }] });
const owner = (name: string) => ({ apiVersion: 'v1', kind: 'Node', name, uid, controller: true });

test('M54: the maintainer makes a pod that acts on a node, looks at it and takes it away', async () => {
  const pods = createActPods(connection, MAINTENANCE_NAMESPACE);
  const made = await pods.create(act('made'), TEMPLATE);
  if (made.kind !== 'created') throw new Error(made.message);
  expect(await pods.look(made.name)).toEqual({ kind: 'running' });
  await pods.deleteOf(nodeRef('lin-1', uid));
  const { body } = await world.admin.demand('GET', ACT_PODS);
  expect(JSON.stringify(body)).not.toContain(made.name);
});

const REFUSED: readonly (readonly [title: string, change: (pod: Manifest) => object, says: string])[] = [
  ['pinned to nothing', (pod) => withSpec(pod, { affinity: {} }), 'pinned to it'],
  ['pinned to one of two nodes', (pod) => withSpec(pod, pinnedBy(byName('lin-1'), byName('lin-2'))), 'pinned to it'],
  [
    'pinned by a label',
    (pod) => withSpec(pod, pinnedBy({ matchExpressions: [{ key: 'a', operator: 'Exists' }] })),
    'pinned to it',
  ],
  ['pinned to a node that does not own it', (pod) => withSpec(pod, pinnedBy(byName('lin-2'))), 'pinned to it'],
  ['that names its node', (pod) => withSpec(pod, { nodeName: 'lin-2' }), 'pinned to it'],
  ['without an owner', (pod) => withMetadata(pod, { ownerReferences: [] }), 'pinned to it'],
  [
    'with a second owner',
    (pod) => withMetadata(pod, { ownerReferences: [owner('lin-1'), { ...owner('lin-2'), controller: false }] }),
    'pinned to it',
  ],
  ['with a token', (pod) => withSpec(pod, { automountServiceAccountToken: true }), 'no token'],
  [
    'with a token as a volume',
    (pod) =>
      withSpec(pod, {
        volumes: [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }],
      }),
    'no token',
  ],
  ['that is started again', (pod) => withSpec(pod, { restartPolicy: 'OnFailure' }), 'never restarted'],
];

test.each(REFUSED)('M54: refused to the maintainer: a pod %s', async (_, change, says) => {
  const path = `${ACT_PODS}?dryRun=All`;
  expect(refusalOf(await world.maintainer.call('POST', path, { body: manifest() }))).toBe('');
  expect(refusalOf(await world.maintainer.call('POST', path, { body: change(manifest()) }))).toContain(says);
});

test('M54: nobody else makes a pod there, not even an administrator; elsewhere the maintainer makes none', async () => {
  for (const client of [world.admin, world.worker, world.starter]) {
    const answer = await client.call('POST', `${ACT_PODS}?dryRun=All`, { body: manifest() });
    expect(answer.status).toBe(403);
  }
  const refused = await world.admin.call('POST', `${ACT_PODS}?dryRun=All`, { body: manifest() });
  expect(refusalOf(refused)).toContain('only the maintainer of Vigilante may create pods');
  expect((await world.maintainer.call('POST', `${PODS}?dryRun=All`, { body: manifest() })).status).toBe(403);
  expect((await world.admin.call('POST', `${PODS}?dryRun=All`, { body: manifest() })).status).toBe(201);
});

test('M54: nobody changes what such a pod runs; a kubelet writes its status, an administrator its labels', async () => {
  const { body } = await world.maintainer.demand('POST', ACT_PODS, { body: actPodManifest(act('kept'), TEMPLATE) });
  const { metadata } = body as { readonly metadata: { readonly name: string } };
  const patch = (path: string, change: object) =>
    world.admin.call('PATCH', `${ACT_PODS}/${metadata.name}${path}?dryRun=All`, {
      body: change,
      contentType: MERGE_PATCH,
    });
  expect(refusalOf(await patch('', { spec: { activeDeadlineSeconds: 1 } }))).toContain('nobody may change the spec');
  const debug = { spec: { ephemeralContainers: [{ name: 'debug', image: 'registry.example.com/other' }] } };
  expect(refusalOf(await patch('/ephemeralcontainers', debug))).toContain('nobody may change the spec');
  expect(refusalOf(await patch('', { metadata: { labels: { other: 'x' } } }))).toBe('');
  expect(refusalOf(await patch('/status', { status: { phase: 'Running' } }))).toBe('');
});
