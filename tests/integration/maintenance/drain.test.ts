/** Drains on a real API server: real budgets, a real webhook, a missing right. Kubelets are played. */

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { DrainNodeResult } from '../../../contracts/maintenance/activities.ts';
import type { Purpose } from '../../../domain/maintenance/facts.ts';
import type { NodeRef } from '../../../domain/node/identity.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { nodeUid } from '../../fixtures/nodes.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { createNode, fields, itemsOf } from '../kubernetes/cluster-fixtures.ts';
import {
  addBudget,
  addPod,
  allow,
  asActivity,
  type DepsChange,
  endPods,
  maintenanceDeps,
  newNamespace,
} from './maintenance-world.ts';
import { addRefusingWebhook } from './refusing-webhook.ts';

let server: TestApiServer;
let connection: ClusterConnection;
let node: NodeRef;
let namespace = '';
let nodeCount = 0;

beforeAll(async () => {
  server = await startApiServer();
  connection = connectCluster({ kubeconfig: server.kubeconfig('admin') });
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

beforeEach(async () => {
  nodeCount += 1;
  node = await createNode(server.admin, `lin-${nodeCount}`, { labels: { 'kubernetes.io/os': 'linux' } });
  await server.admin.demand('PATCH', `/api/v1/nodes/${node.name}`, {
    body: { spec: { unschedulable: true } },
    contentType: MERGE_PATCH,
  });
  namespace = await newNamespace(server.admin);
});

function drain(
  forMs: number,
  change: DepsChange = {},
  over: ClusterConnection = connection,
  purpose: Purpose = 'by-hand',
): Promise<DrainNodeResult> {
  return asActivity(maintenanceDeps(over, change), (activities) => activities.drainNode({ node, forMs, purpose }));
}

const web = (name: string) => ({ namespace, name, node });

async function names(): Promise<string[]> {
  const pods = await itemsOf(server.admin, `/api/v1/namespaces/${namespace}/pods`);
  return pods.map(({ metadata }) => String(fields(metadata)['name'])).toSorted();
}

/** Plays the kubelets until the drain has ended. */
async function whileKubeletsRun<T>(drained: Promise<T>): Promise<T> {
  const end = { isOver: false };
  const watched = drained.finally(() => {
    end.isOver = true;
  });
  while (!end.isOver) await endPods(server.admin, namespace);
  return watched;
}

test('M13, M15: evicts what must go, leaves what stays, and ends when the last pod of that uid is gone', async () => {
  await addPod(server.admin, web('a'));
  await addPod(server.admin, web('b'), { owner: null, volumes: [{ name: 'data', emptyDir: {} }] });
  await addPod(server.admin, web('daemon'), { owner: 'DaemonSet' });
  // Nobody ends them: evicted is not gone.
  expect(await drain(300)).toMatchObject({
    kind: 'looked',
    end: 'slice-over',
    evicted: 2,
    left: [expect.stringMatching(/\/a (is still ending|was asked to end)/), expect.anything()],
  });
  await endPods(server.admin, namespace);
  expect(await drain(5_000)).toMatchObject({ kind: 'looked', end: 'drained', evicted: 0, hadVolumes: false });
  expect(await names()).toEqual(['daemon']);
});

test('M13, M14: a budget that allows nothing is never broken, and is named', async () => {
  await addPod(server.admin, web('a'));
  await addBudget(server.admin, { namespace, name: 'web' }, 0);
  const blocked = await drain(400);
  expect(blocked).toMatchObject({ kind: 'looked', end: 'slice-over', evicted: 0 });
  expect(blocked.kind === 'looked' ? blocked.left[0] : '').toMatch(
    /\/a: The disruption budget web needs 2 healthy pods and has 2 currently/,
  );
  expect(await names()).toEqual(['a']);
  await allow(server.admin, { namespace, name: 'web' }, 1);
  expect(await whileKubeletsRun(drain(60_000))).toMatchObject({ end: 'drained', evicted: 1 });
});

test('M13: pods are deleted past their budget only where the configuration names them, and not for an upgrade', async () => {
  await addPod(server.admin, web('batch'), { labels: { app: 'web', kind: 'batch' } });
  await addPod(server.admin, web('a'));
  await addBudget(server.admin, { namespace, name: 'web' }, 0);
  const { settings } = maintenanceDeps(connection);
  const force = [[{ kind: 'in', key: 'kind', values: ['batch'] } as const]];
  const change = { settings: { ...settings, drain: { ...settings.drain, force } } };
  expect(await drain(300, change, connection, 'upgrade')).toMatchObject({ end: 'slice-over', evicted: 0 });
  expect(await drain(300)).toMatchObject({ end: 'slice-over', evicted: 0 });
  expect(await whileKubeletsRun(drain(1_000, change))).toMatchObject({ end: 'slice-over', evicted: 1 });
  expect(await names()).toEqual(['a']);
});

test('M13: one disruption allowed takes one pod, however many are asked for at a time', async () => {
  for (const name of ['a', 'b', 'c']) await addPod(server.admin, web(name));
  await addBudget(server.admin, { namespace, name: 'web' }, 1);
  expect(await drain(300)).toMatchObject({ kind: 'looked', end: 'slice-over', evicted: 1 });
});

test('a pod with two budgets can never be evicted: it is in the way, at once', async () => {
  await addPod(server.admin, web('a'));
  await addBudget(server.admin, { namespace, name: 'one' }, 1);
  await addBudget(server.admin, { namespace, name: 'two' }, 1);
  const result = await drain(60_000);
  expect(result).toMatchObject({ kind: 'looked', end: 'in-the-way' });
  expect(result.kind === 'looked' ? result.left[0] : '').toContain('more than one PodDisruptionBudget');
});

test('M14: what the configuration keeps is in the way before anything is evicted', async () => {
  await addPod(server.admin, web('a'));
  await addPod(server.admin, web('orphan'), { owner: null });
  const { settings } = maintenanceDeps(connection);
  const change = { settings: { ...settings, drain: { ...settings.drain, orphans: 'keep' as const } } };
  expect(await drain(60_000, change)).toMatchObject({
    end: 'in-the-way',
    evicted: 0,
    left: [expect.stringContaining('/orphan: it has no controller')],
  });
});

test('a webhook that says not now, or breaks, is asked again until it lets the pod go (edge cases 16, 17)', async () => {
  await addPod(server.admin, web('a'));
  const webhook = await addRefusingWebhook(server.admin, namespace);
  try {
    const running = whileKubeletsRun(drain(60_000));
    await waitUntil(async () => webhook.refused() >= 2, { what: 'two refusals', timeoutMs: 60_000 });
    webhook.answer = 'breaks';
    const before = webhook.refused();
    await waitUntil(async () => webhook.refused() >= before + 2, { what: 'two broken answers', timeoutMs: 60_000 });
    webhook.answer = 'allows';
    expect(await running).toMatchObject({ end: 'drained', evicted: 1 });
  } finally {
    await webhook.remove();
  }
});

test('M54: a missing right ends the drain and is named', async () => {
  await addPod(server.admin, web('a'));
  const name = `reader-${namespace}`;
  await server.admin.demand('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
    body: { metadata: { name } },
  });
  const rules = [
    { apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create'] },
  ];
  await server.admin.demand('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    body: { metadata: { name }, rules },
  });
  await server.admin.demand('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    body: {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  });
  const { body } = await server.admin.demand('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  });
  const token = String(fields(fields(body)['status'])['token']);
  const reader = connectCluster({ kubeconfig: await server.alteredKubeconfig({ from: server.adminToken, to: token }) });
  try {
    const canList = async () => (await drain(100, {}, reader).catch(() => null)) !== null;
    await waitUntil(canList, { what: 'the role to hold', timeoutMs: 60_000 });
    const result = await drain(60_000, {}, reader);
    expect(result).toMatchObject({
      kind: 'looked',
      end: 'forbidden',
      left: [expect.stringContaining('cannot create resource "pods/eviction"')],
    });
  } finally {
    await reader.close();
  }
});

test('M12: a node that somebody uncordoned is not drained', async () => {
  await addPod(server.admin, web('a'));
  await server.admin.demand('PATCH', `/api/v1/nodes/${node.name}`, {
    body: { spec: { unschedulable: null } },
    contentType: MERGE_PATCH,
  });
  expect(await drain(60_000)).toMatchObject({ end: 'uncordoned', evicted: 0 });
  expect(await names()).toEqual(['a']);
});

test('M20: another node of that name is not drained', async () => {
  node = { ...node, uid: nodeUid('other') };
  expect(await drain(60_000)).toMatchObject({ kind: 'replaced' });
});

test('M15: a pod that a finalizer holds is waited for and named with it', async () => {
  await addPod(server.admin, web('a'), { finalizers: ['example.org/keep'] });
  await drain(200);
  await endPods(server.admin, namespace);
  expect(await drain(200)).toMatchObject({
    end: 'slice-over',
    left: [`${namespace}/a is still ending, held by example.org/keep`],
  });
});

test('M15: volumes that are still attached are waited for, no longer than said, and named', async () => {
  const name = `attachment-${namespace}`;
  const path = '/apis/storage.k8s.io/v1/volumeattachments';
  const detach = () =>
    asActivity(maintenanceDeps(connection), (activities) => activities.detachVolumes({ node, forMs: 100 }));
  expect(await detach()).toEqual({ left: [] });
  await server.admin.demand('POST', path, {
    body: {
      metadata: { name },
      spec: { attacher: 'example.org', nodeName: node.name, source: { persistentVolumeName: 'data' } },
    },
  });
  expect(await detach()).toEqual({ left: [name] });
});
