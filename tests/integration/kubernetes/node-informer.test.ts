/** The informer through all that an API server does to it: kill -9, gaps, lost labels, pages. */

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';

import { DEFAULT_HEALED_ANNOTATION } from '../../../contracts/healing/names.ts';
import { needsHealing } from '../../../domain/node/facts.ts';
import { type ClusterConnection, connectCluster, type RequestSample } from '../../../kubernetes/client/connection.ts';
import { type HealableNodes, healableNodes, WINDOWS_NODES } from '../../../kubernetes/healing/healable-nodes.ts';
import { createNodeInformer, type NodeInformer } from '../../../kubernetes/nodes/informer.ts';
import type { NodeChange } from '../../../kubernetes/nodes/known-nodes.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from './api-server.ts';
import { createNode, deleteNode, patchNode, setReady } from './cluster-fixtures.ts';

let server: TestApiServer;
let connection: ClusterConnection;
const requests: RequestSample[] = [];
const informers: NodeInformer[] = [];

beforeAll(async () => {
  server = await startApiServer();
  const kubeconfig = server.kubeconfig('starter');
  connection = connectCluster({ kubeconfig, requestTimeoutMs: 5_000, onRequest: (sample) => requests.push(sample) });
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

afterEach(async () => {
  await Promise.all(informers.splice(0).map((informer) => informer.stop()));
});

async function startInformer(healable: HealableNodes = WINDOWS_NODES) {
  const errors: string[] = [];
  const onError = (message: string) => errors.push(message);
  const informer = createNodeInformer(connection, {
    healedAnnotation: DEFAULT_HEALED_ANNOTATION,
    healable,
    pauseMaxMs: 500,
    onError,
  });
  informers.push(informer);
  const changes: NodeChange[] = [];
  informer.onChange((change) => changes.push(change));
  informer.start();
  await informer.untilSynced();
  return { informer, changes, errors };
}

/** Waits for a change of the node that the predicate takes. */
async function changeOf(changes: NodeChange[], name: string, what: string, takes: (change: NodeChange) => boolean) {
  const find = () => changes.find((change) => change.name === name && takes(change)) ?? null;
  return waitUntil(find, { what: `${name} ${what}`, timeoutMs: 120_000 });
}

const isReady = ({ observation }: NodeChange) => observation.kind === 'present' && observation.facts.ready;

test('H1: only nodes with the label kubernetes.io/os=windows are listed and watched', async () => {
  await createNode(server.admin, 'h1-windows');
  await createNode(server.admin, 'h1-linux', { labels: { 'kubernetes.io/os': 'linux' } });
  await createNode(server.admin, 'h1-bare', { labels: {} });
  const { informer, changes } = await startInformer();
  await createNode(server.admin, 'h1-later-linux', { labels: { 'kubernetes.io/os': 'linux' } });
  await createNode(server.admin, 'h1-later-windows');
  await changeOf(changes, 'h1-later-windows', 'to become ready', isReady);

  expect(
    informer
      .list()
      .map(({ name }) => String(name))
      .toSorted(),
  ).toEqual(['h1-later-windows', 'h1-windows']);
  expect(informer.health()).toMatchObject({ synced: true, failuresInARow: 0, lastError: null });
});

test('H1: virtual nodes and those that healing.nodes leaves out are never due, by label or by taint', async () => {
  const windows = { 'kubernetes.io/os': 'windows' };
  await createNode(server.admin, 'virtual-label', { labels: { ...windows, type: 'virtual-kubelet' } });
  await createNode(server.admin, 'virtual-taint');
  await taintNode('virtual-taint', 'virtual-kubelet.io/provider');
  await createNode(server.admin, 'pool-off', { labels: { ...windows, agentpool: 'off' } });
  await createNode(server.admin, 'pool-on', { labels: { ...windows, agentpool: 'on' } });
  const healable = healableNodes({ nodes: 'agentpool in (on, off),agentpool!=off', virtualNodes: false });
  const [chosen, all] = [await startInformer(healable), await startInformer()];
  const due = ({ informer }: { informer: NodeInformer }) =>
    informer.list().flatMap((facts) => (needsHealing(facts) ? [String(facts.name)] : []));
  expect(due(chosen)).toEqual(['pool-on']);
  expect(due(all)).toEqual(expect.arrayContaining(['pool-on', 'pool-off']));
  for (const name of ['virtual-label', 'virtual-taint']) expect(due(all)).not.toContain(name);

  // A heal that runs already is told, and ends.
  await patchNode(server.admin, 'pool-on', { labels: { agentpool: 'off' } });
  await taintNode('pool-off', 'virtual-kubelet.io/provider');
  const isOut = ({ observation }: NodeChange) => observation.kind === 'present' && !observation.facts.windows;
  await changeOf(chosen.changes, 'pool-on', 'to be left out', isOut);
  await changeOf(all.changes, 'pool-off', 'to be left out', isOut);
});

async function taintNode(name: string, key: string): Promise<void> {
  await server.admin.demand('PATCH', `/api/v1/nodes/${name}`, {
    body: { spec: { taints: [{ key, value: 'azure', effect: 'NoSchedule' }] } },
    contentType: MERGE_PATCH,
  });
}

test('H2: a change is reported once, and a heartbeat is no change', async () => {
  const { name } = await createNode(server.admin, 'h2', { ready: false });
  const { changes } = await startInformer();
  await setReady(server.admin, name, true);
  await changeOf(changes, name, 'to become ready', isReady);
  const told = changes.length;

  await patchNode(server.admin, name, { annotations: { heartbeat: '1' } });
  await patchNode(server.admin, name, { annotations: { [DEFAULT_HEALED_ANNOTATION]: 'True' } });
  const healed = ({ observation }: NodeChange) => observation.kind === 'present' && observation.facts.healed;
  await changeOf(changes, name, 'to be healed', healed);

  expect(changes).toHaveLength(told + 1);
});

test('H9: a deleted node is gone, a node that lost its label is not', async () => {
  const { name } = await createNode(server.admin, 'h9-deleted');
  await createNode(server.admin, 'h9-relabelled');
  const { informer, changes } = await startInformer();

  await deleteNode(server.admin, name);
  await patchNode(server.admin, 'h9-relabelled', { labels: { 'kubernetes.io/os': 'linux' } });

  await changeOf(changes, name, 'to be gone', ({ observation }) => observation.kind === 'gone');
  const relabelled = ({ observation }: NodeChange) => observation.kind === 'present' && !observation.facts.windows;
  await changeOf(changes, 'h9-relabelled', 'not to be Windows', relabelled);
  expect(changes.filter((change) => change.name === 'h9-relabelled')).not.toContainEqual(
    expect.objectContaining({ observation: { kind: 'gone' } }),
  );
  expect(informer.list().map(({ name }) => String(name))).not.toContain('h9-relabelled');
});

test('H15: an API server killed with -9 is found again, and what happened in the gap is seen', async () => {
  const recreated = await createNode(server.admin, 'gap-recreated');
  await createNode(server.admin, 'gap-deleted');
  await createNode(server.admin, 'gap-kept', { ready: false });
  const { informer, changes, errors } = await startInformer();
  const before = informer.get(recreated.name);

  await server.kill();
  await waitUntil(() => informer.health().failuresInARow > 1, { what: 'the informer to fail', timeoutMs: 120_000 });
  expect(informer.get(recreated.name)).toEqual(before);
  // The first requests after the start are ours: the informer sees all of it as one gap, or parts of it as events.
  await server.restart();
  await deleteNode(server.admin, 'gap-deleted');
  await deleteNode(server.admin, 'gap-recreated');
  const successor = await createNode(server.admin, 'gap-recreated');
  await setReady(server.admin, 'gap-kept', true);

  const isSuccessor = ({ observation }: NodeChange) =>
    observation.kind === 'present' && observation.facts.uid === successor.uid;
  await changeOf(changes, 'gap-recreated', 'to have its new uid', isSuccessor);
  await changeOf(changes, 'gap-deleted', 'to be gone', ({ observation }) => observation.kind === 'gone');
  await changeOf(changes, 'gap-kept', 'to become ready', isReady);
  await waitUntil(() => informer.health().failuresInARow === 0, { what: 'a healthy informer', timeoutMs: 120_000 });
  expect(informer.get(successor.name)?.uid).toBe(successor.uid);
  expect(errors.length).toBeGreaterThan(0);
  expect(requests.some(({ verb, code }) => verb === 'list' && code === 0)).toBe(true);
});

test('a list of more nodes than a page holds is complete', async () => {
  const count = 520;
  const names = Array.from({ length: count }, (_, index) => `page-${index}`);
  // Ten at a time are enough for a server on a small machine.
  for (let start = 0; start < count; start += 10) {
    const batch = names.slice(start, start + 10);
    const labels = { 'kubernetes.io/os': 'windows' };
    await Promise.all(
      batch.map((name) => server.admin.demand('POST', '/api/v1/nodes', { body: { metadata: { name, labels } } })),
    );
  }
  const { informer } = await startInformer();
  const listed = new Set(informer.list().map(({ name }) => String(name)));
  expect(names.filter((name) => !listed.has(name))).toEqual([]);
});

test('an informer that may not list says so and goes on asking', async () => {
  const right = { apiGroup: '', resource: 'nodes', verb: 'list' };
  await server.setRights([{ component: 'worker', scope: 'clusterRules', ...right }]);
  const limited = connectCluster({ kubeconfig: server.kubeconfig('worker') });
  const errors: string[] = [];
  const onError = (message: string) => errors.push(message);
  const informer = createNodeInformer(limited, { healedAnnotation: 'a', pauseMaxMs: 300, onError });
  informer.start();
  try {
    await waitUntil(() => informer.health().failuresInARow > 2, { what: 'three failures', timeoutMs: 120_000 });
    expect(informer.health()).toMatchObject({
      synced: false,
      lastError: expect.stringMatching(/^list nodes .*403 Forbidden/),
    });
    expect(errors.length).toBeGreaterThan(2);
  } finally {
    await informer.stop();
    await limited.close();
    await server.setRights([]);
  }
});
