/** The condition `AgentConnectivity` and its Events on a real API server, with the worker's own rights. */

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';

import { createConnectivityActivities } from '../../../activities/connectivity/activities.ts';
import type {
  AlarmedNode,
  NodeConnectivityChange,
  RecordNodeConnectivityResult,
  RestartHealOfNodeResult,
} from '../../../contracts/connectivity/activities.ts';
import { DEFAULT_HEALED_ANNOTATION } from '../../../contracts/healing/names.ts';
import type { NodeRef } from '../../../domain/node/identity.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { createNodeConditions } from '../../../kubernetes/nodes/conditions.ts';
import { createNodeEvents } from '../../../kubernetes/nodes/events.ts';
import { createNodes } from '../../../kubernetes/nodes/nodes.ts';
import { startApiServer, type TestApiServer } from './api-server.ts';
import { createNode, deleteNode, fields, itemsOf, patchNode } from './cluster-fixtures.ts';

let server: TestApiServer;
let connection: ClusterConnection;
let node: NodeRef;
let nodeCount = 0;
const dropped: string[] = [];
const restarted: string[] = [];
let conditionsRefused = 0;

beforeAll(async () => {
  server = await startApiServer();
  connection = connectCluster({ kubeconfig: server.kubeconfig('worker') });
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

beforeEach(async () => {
  nodeCount += 1;
  node = await createNode(server.admin, `node-${nodeCount}`);
  dropped.length = 0;
  restarted.length = 0;
  conditionsRefused = 0;
});

function activities() {
  return createConnectivityActivities({
    collector: { url: 'http://nowhere', ask: () => Promise.reject(new Error('nobody asks it here')) },
    conditions: createNodeConditions(connection),
    events: createNodeEvents(connection),
    nodes: createNodes(connection, { healedAnnotation: DEFAULT_HEALED_ANNOTATION }),
    restartHeal: async ({ name }, reason) => void restarted.push(`${name}: ${reason}`),
    healingWindowMs: 1_800_000,
    onConditionRefused: () => {
      conditionsRefused += 1;
    },
    onEventDropped: (reason) => dropped.push(reason),
  });
}

function asActivity<T>(run: () => Promise<T>): Promise<T> {
  const silent = () => {};
  const logger = { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent };
  return new MockActivityEnvironment({}, { logger }).run<[], T, () => Promise<T>>(run);
}

async function record(
  ...changes: readonly NodeConnectivityChange[]
): Promise<RecordNodeConnectivityResult['outcomes']> {
  return (await recorded(...changes)).outcomes;
}

function recorded(...changes: readonly NodeConnectivityChange[]): Promise<RecordNodeConnectivityResult> {
  return asActivity<RecordNodeConnectivityResult>(() => activities().recordNodeConnectivity({ changes }));
}

const LOST_MS = Date.parse('2026-01-31T14:00:00Z');

function lost(changes: Partial<NodeConnectivityChange> = {}): NodeConnectivityChange {
  return {
    node,
    alarmed: true,
    reason: 'AgentsAbsent',
    message: 'agent-1 is absent: silent',
    changedMs: LOST_MS,
    ...changes,
  };
}

function restored(changes: Partial<NodeConnectivityChange> = {}): NodeConnectivityChange {
  const message = 'its agents report again';
  return lost({ alarmed: false, reason: 'AgentsReporting', message, changedMs: LOST_MS + 600_000, ...changes });
}

async function conditionsOf(name: string): Promise<Record<string, unknown>[]> {
  const { body } = await server.admin.demand('GET', `/api/v1/nodes/${name}`);
  return fields(fields(body)['status'])['conditions'] as Record<string, unknown>[];
}

async function connectivityOf(name: string): Promise<Record<string, unknown> | undefined> {
  return (await conditionsOf(name)).find(({ type }) => type === 'AgentConnectivity');
}

async function eventsOf(uid: string) {
  const events = await itemsOf(
    server.admin,
    `/api/v1/namespaces/default/events?fieldSelector=involvedObject.uid=${uid}`,
  );
  return events.map(({ reason, type, message }) => ({ reason, type, message }));
}

test('lost and restored are a condition beside the others, and an Event each', async () => {
  expect(await record(lost())).toEqual(['written']);
  expect(await connectivityOf(node.name)).toMatchObject({
    status: 'False',
    reason: 'AgentsAbsent',
    message: 'agent-1 is absent: silent',
    lastTransitionTime: '2026-01-31T14:00:00Z',
  });
  expect(await record(restored())).toEqual(['written']);
  expect(await connectivityOf(node.name)).toMatchObject({
    status: 'True',
    reason: 'AgentsReporting',
    lastTransitionTime: '2026-01-31T14:10:00Z',
  });
  expect(new Set((await conditionsOf(node.name)).map(({ type }) => type))).toEqual(
    new Set(['AgentConnectivity', 'Ready']),
  );
  expect(new Set(await eventsOf(node.uid))).toEqual(
    new Set([
      { reason: 'AgentConnectivityLost', type: 'Warning', message: 'agent-1 is absent: silent' },
      { reason: 'AgentConnectivityRestored', type: 'Normal', message: 'its agents report again' },
    ]),
  );
});

test('the same change again writes nothing; the same status with another reason keeps its time', async () => {
  await record(lost());
  const { body: before } = await server.admin.demand('GET', `/api/v1/nodes/${node.name}`);
  expect(await record(lost(), lost({ changedMs: LOST_MS }))).toEqual(['written', 'written']);
  const { body: after } = await server.admin.demand('GET', `/api/v1/nodes/${node.name}`);
  expect(fields(fields(after)['metadata'])['resourceVersion']).toBe(
    fields(fields(before)['metadata'])['resourceVersion'],
  );
  expect(await eventsOf(node.uid)).toHaveLength(1);

  expect(await record(lost({ reason: 'AgentsOutdated', changedMs: LOST_MS + 60_000 }))).toEqual(['written']);
  expect(await connectivityOf(node.name)).toMatchObject({
    reason: 'AgentsOutdated',
    lastTransitionTime: '2026-01-31T14:00:00Z',
  });
});

test('a node that is gone or was replaced gets nothing, others of the same call do', async () => {
  const other = await createNode(server.admin, `other-${nodeCount}`);
  const gone = node;
  await deleteNode(server.admin, gone.name);
  expect(await record(lost(), lost({ node: other }))).toEqual(['node-gone', 'written']);
  const again = await createNode(server.admin, gone.name);
  expect(again.uid).not.toBe(gone.uid);
  expect(await record(lost({ node: gone }))).toEqual(['node-replaced']);
  expect(await connectivityOf(gone.name)).toBeUndefined();
  expect([...(await eventsOf(gone.uid)), ...(await eventsOf(again.uid))]).toEqual([]);
});

test('the patch itself never lands on another node of that name, also where it was replaced in between', async () => {
  const conditions = createNodeConditions({
    ...connection,
    async send(request) {
      if (request.method !== 'PATCH') return connection.send(request);
      await deleteNode(server.admin, node.name);
      await createNode(server.admin, node.name);
      return connection.send(request);
    },
  });
  const condition = {
    type: 'AgentConnectivity',
    status: 'False',
    reason: 'AgentsAbsent',
    message: 'm',
    changedMs: 1,
  } as const;
  expect(await conditions.write(node, condition)).toBe('node-replaced');
  expect(await connectivityOf(node.name)).toBeUndefined();
});

test('without the right the condition is refused, counted and due again; a refused Event is reported', async () => {
  const right = {
    component: 'worker',
    scope: 'clusterRules',
    apiGroup: '',
    resource: 'nodes/status',
    verb: 'patch',
  } as const;
  await server.setRights([right]);
  const refused = await recorded(lost());
  expect(refused).toEqual({ outcomes: ['refused'], problem: expect.stringMatching(/^patch nodes\/status .*: 403 /) });
  expect(conditionsRefused).toBe(1);
  expect(await eventsOf(node.uid)).toEqual([]);
  await server.setRights([{ ...right, scope: 'defaultNamespaceRules', resource: 'events', verb: 'create' }]);
  const silent = await recorded(lost());
  expect(silent).toEqual({ outcomes: ['written'], problem: expect.stringMatching(/^create events .*: 403 /) });
  expect(dropped).toEqual(['AgentConnectivityLost']);
  await server.setRights([]);
  expect(await record(lost())).toEqual(['written']);
  expect(await eventsOf(node.uid)).toHaveLength(1);
});

test('finds the nodes that are alarmed, page by page', async () => {
  await record(lost(), lost({ node: await createNode(server.admin, `fine-${nodeCount}`) }));
  await record(restored({ node: await createNode(server.admin, `restored-${nodeCount}`) }));
  const found = await asActivity<readonly AlarmedNode[]>(() => activities().findAlarmedNodes());
  const mine = found.filter(({ node: { name } }) => name === node.name || name.startsWith('restored-'));
  expect(mine).toEqual([{ node, os: 'windows', sinceMs: LOST_MS }]);
  const paged = createNodeConditions({
    ...connection,
    send: (request) => connection.send({ ...request, query: { ...request.query, limit: '1' } }),
  });
  const condition = { type: 'AgentConnectivity', status: 'False' };
  expect(await paged.find(condition, 100)).toHaveLength(found.length);
  expect(await paged.find(condition, 1)).toHaveLength(1);
});

test('a heal is restarted for a Windows node that is there and not switched off', async () => {
  const restart = (of: NodeRef) =>
    asActivity<RestartHealOfNodeResult>(() => activities().restartHealOfNode({ node: of, reason: 'lost' }));
  expect(await restart(node)).toEqual({ kind: 'restarted', windowMs: 1_800_000 });
  const linux = await createNode(server.admin, `linux-${nodeCount}`, { labels: { 'kubernetes.io/os': 'linux' } });
  expect(await restart(linux)).toEqual({ kind: 'left-alone' });
  await patchNode(server.admin, node.name, { annotations: { 'vigilante-healing': 'disabled' } });
  expect(await restart(node)).toEqual({ kind: 'left-alone' });
  await deleteNode(server.admin, node.name);
  expect(await restart(node)).toEqual({ kind: 'left-alone' });
  expect(restarted).toEqual([`${node.name}: lost`]);
});
