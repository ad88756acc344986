/** Marks, cordons and the giving back of nodes, acts and surveys, on a real API server. */

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { MarkNodeResult } from '../../../contracts/maintenance/activities.ts';
import { parseMark } from '../../../contracts/maintenance/mark.ts';
import { MAINTENANCE_ANNOTATION } from '../../../contracts/maintenance/names.ts';
import type { MaintenanceMark } from '../../../domain/maintenance/facts.ts';
import type { NodeRef } from '../../../domain/node/identity.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { mark, REBOOT } from '../../fixtures/maintenance.ts';
import { nodeUid } from '../../fixtures/nodes.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import {
  annotationsOf,
  createNode,
  deleteNode,
  fields,
  itemsOf,
  patchNode,
  patchNodeInfo,
  setReady,
} from '../kubernetes/cluster-fixtures.ts';
import { ACT_NAMESPACE, asActivity, type DepsChange, maintenanceDeps } from './maintenance-world.ts';

const KEPT_OFF = ['cluster-autoscaler.kubernetes.io/scale-down-disabled', 'karpenter.sh/do-not-disrupt'];

let server: TestApiServer;
let connection: ClusterConnection;
let node: NodeRef;
let nodeCount = 0;

beforeAll(async () => {
  server = await startApiServer();
  connection = connectCluster({ kubeconfig: server.kubeconfig('admin') });
  const accounts = `/api/v1/namespaces/${ACT_NAMESPACE}/serviceaccounts`;
  await server.admin.demand('POST', accounts, { body: { metadata: { name: 'default' } } });
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

beforeEach(async () => {
  nodeCount += 1;
  node = await createNode(server.admin, `lin-${nodeCount}`, { labels: { 'kubernetes.io/os': 'linux' } });
  await patchNodeInfo(server.admin, node.name, { bootID: 'boot-1', kubeletVersion: 'v1.36.3' });
});

const GIVEN = (() => {
  const { run, workflow, group, purpose, expect: expectation } = mark();
  return { run, workflow, group, purpose, expect: expectation };
})();

function run<T>(activity: Parameters<typeof asActivity<T>>[1], change: DepsChange = {}): Promise<T> {
  return asActivity(maintenanceDeps(connection, change), activity);
}

function markIt(change: DepsChange = {}, cordons = true): Promise<MarkNodeResult> {
  return run((activities) => activities.markNode({ node, mark: GIVEN, cordons }), change);
}

async function marked(): Promise<MaintenanceMark> {
  const result = await markIt();
  if (result.kind !== 'marked') throw new Error(`not marked: ${result.kind}`);
  return result.mark;
}

async function specOf(): Promise<Record<string, unknown>> {
  const { body } = await server.admin.demand('GET', `/api/v1/nodes/${node.name}`);
  return fields(fields(body)['spec'] ?? {});
}

async function cordonByHand(unschedulable: boolean | null): Promise<void> {
  const path = `/api/v1/nodes/${node.name}?fieldManager=kubectl-cordon`;
  await server.admin.demand('PATCH', path, { body: { spec: { unschedulable } }, contentType: MERGE_PATCH });
}

async function eventsOf(): Promise<string[]> {
  const events = await itemsOf(server.admin, '/api/v1/namespaces/default/events');
  return events
    .filter((event) => fields(event['involvedObject'])['uid'] === node.uid)
    .map(({ reason }) => String(reason))
    .toSorted();
}

test('M11: mark, cordon and what keeps others off come in one version of the node', async () => {
  let versions = 0;
  const { send } = connection;
  const counting = {
    ...connection,
    send: (request: Parameters<typeof send>[0]) => {
      if (request.method === 'PATCH') versions += 1;
      return send(request);
    },
  };
  const result = await asActivity(maintenanceDeps(counting), (activities) =>
    activities.markNode({ node, mark: GIVEN, cordons: true }),
  );
  expect(versions).toBe(1);
  const annotations = await annotationsOf(server.admin, node.name);
  expect(await specOf()).toMatchObject({ unschedulable: true });
  expect(parseMark(annotations[MAINTENANCE_ANNOTATION])).toMatchObject({
    ...GIVEN,
    bootId: 'boot-1',
    kubelet: 'v1.36.3',
    cordoned: true,
    cordonedBefore: false,
    phase: 'draining',
    added: KEPT_OFF,
  });
  expect(KEPT_OFF.map((key) => annotations[key])).toEqual(['true', 'true']);
  expect(result).toMatchObject({ kind: 'marked' });
  expect(await eventsOf()).toEqual(['MaintenanceStarted']);
});

test('M11: a node that others write at that moment is read again, and their write stays', async () => {
  let tries = 0;
  const knows = async () => {
    tries += 1;
    if (tries === 1)
      await patchNode(server.admin, node.name, {
        annotations: { others: 'here', 'karpenter.sh/do-not-disrupt': 'false' },
      });
    return true;
  };
  const { guard } = maintenanceDeps(connection);
  const result = await markIt({ guard: { ...guard, knows } });
  expect(tries).toBe(2);
  expect(result).toMatchObject({ kind: 'marked', mark: { added: [KEPT_OFF[0]] } });
  expect(await annotationsOf(server.admin, node.name)).toMatchObject({
    others: 'here',
    'karpenter.sh/do-not-disrupt': 'false',
  });
});

test('M10: without a slot nothing is written', async () => {
  const { guard } = maintenanceDeps(connection);
  const before = await annotationsOf(server.admin, node.name);
  expect(await markIt({ guard: { ...guard, knows: async () => false } })).toEqual({ kind: 'no-slot' });
  expect(await specOf()).not.toHaveProperty('unschedulable');
  expect(await annotationsOf(server.admin, node.name)).toEqual(before);
});

test('M16: a mark that an earlier try wrote is found, one of another workflow is left alone', async () => {
  const first = await marked();
  expect(await markIt()).toEqual({ kind: 'marked', mark: first });
  await patchNode(server.admin, node.name, { annotations: { [MAINTENANCE_ANNOTATION]: 'by hand' } });
  expect(await markIt()).toEqual({ kind: 'marked-before' });
});

test('M24: a node that is not Ready by now is not marked', async () => {
  await setReady(server.admin, node.name, false);
  expect(await markIt()).toEqual({ kind: 'not-ready' });
});

test('M20: nothing is written to a node that is gone, or another one', async () => {
  const other = { ...node, uid: nodeUid('other') };
  expect(await run((activities) => activities.markNode({ node: other, mark: GIVEN, cordons: true }))).toEqual({
    kind: 'replaced',
    uid: node.uid,
  });
  await deleteNode(server.admin, node.name);
  expect(await markIt()).toEqual({ kind: 'gone' });
});

test.each<[string, () => Promise<void>, () => Promise<void>, boolean, string[]]>([
  ['by us', async () => undefined, async () => undefined, false, []],
  ['by others before', () => cordonByHand(true), async () => undefined, true, ['CordonKept']],
  [
    'by others since',
    async () => undefined,
    async () => {
      await cordonByHand(null);
      await cordonByHand(true);
    },
    true,
    ['CordonKept'],
  ],
  ['by nobody any more', async () => undefined, () => cordonByHand(null), false, []],
])('M12: a node cordoned %s is given back', async (_name, before, since, stays, events) => {
  await before();
  const found = await marked();
  await since();
  const result = await run((activities) => activities.giveBackNode({ node, mark: found, uncordons: true }));
  expect(result).toMatchObject({ kind: 'given-back', isCordonKept: stays });
  expect((await specOf())['unschedulable'] === true).toBe(stays);
  const annotations = await annotationsOf(server.admin, node.name);
  expect(Object.keys(annotations ?? {}).filter((key) => [MAINTENANCE_ANNOTATION, ...KEPT_OFF].includes(key))).toEqual(
    [],
  );
  expect(await eventsOf()).toEqual([...events, 'MaintenanceStarted', 'NodeGivenBack']);
});

test('M38: a node that is left cordoned keeps the cordon and loses the mark', async () => {
  const found = await marked();
  await run((activities) => activities.giveBackNode({ node, mark: found, uncordons: false }));
  expect(await specOf()).toMatchObject({ unschedulable: true });
  expect((await annotationsOf(server.admin, node.name)) ?? {}).not.toHaveProperty([MAINTENANCE_ANNOTATION]);
});

test('M12, M16: before the act the node must bear our mark and our cordon', async () => {
  const found = await marked();
  const acting = await run((activities) => activities.markActing({ node, mark: found }));
  expect(acting).toMatchObject({ kind: 'marked', mark: { phase: 'acting', bootId: 'boot-1' } });
  expect(parseMark((await annotationsOf(server.admin, node.name))[MAINTENANCE_ANNOTATION])).toMatchObject({
    phase: 'acting',
  });
  await cordonByHand(null);
  expect(await run((activities) => activities.markActing({ node, mark: found }))).toEqual({ kind: 'uncordoned' });
  await patchNode(server.admin, node.name, { annotations: { [MAINTENANCE_ANNOTATION]: null } });
  expect(await run((activities) => activities.markActing({ node, mark: found }))).toEqual({ kind: 'unmarked' });
});

const ACT = {
  run: 'by-hand',
  phase: 'node',
  executor: 'act',
  expect: REBOOT,
  key: 'maintain-node/test/lin/run/1',
} as const;

test('M16, M55: an act is one pod of the template, pinned, without a token, found again by its key, gone with the giving back', async () => {
  const start = (key: string) => run((activities) => activities.startAct({ ...ACT, node, key }));
  const first = await start(`${node.name}/1`);
  expect(await start(`${node.name}/1`)).toEqual(first);
  const pods = async () =>
    (await itemsOf(server.admin, `/api/v1/namespaces/${ACT_NAMESPACE}/pods`)).filter((pod) =>
      JSON.stringify(pod).includes(node.uid),
    );
  const [pod, ...others] = await pods();
  expect(others).toEqual([]);
  expect(pod).toMatchObject({
    metadata: { ownerReferences: [{ kind: 'Node', uid: node.uid }] },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      tolerations: expect.arrayContaining([{ operator: 'Exists' }]),
      activeDeadlineSeconds: 60,
    },
  });
  expect(JSON.stringify(pod)).toContain(`{"name":"VIGILANTE_NODE","value":"${node.name}"}`);
  expect(JSON.stringify(pod)).not.toContain('evil');
  await start(`${node.name}/2`);
  expect(await pods()).toHaveLength(2);
  const found = await marked();
  await run((activities) => activities.giveBackNode({ node, mark: found, uncordons: true }));
  expect(await pods()).toEqual([]);
  expect(await eventsOf()).toContain('ActStarted');
});

test('M55: an executor that the configuration does not have ends the maintenance', async () => {
  const observe = (executor: string, phase: 'node' | 'etcd') =>
    run((activities) => activities.observeNode({ node, executor, phase }));
  await expect(observe('evil', 'node')).rejects.toMatchObject({ type: 'ExecutorUnknown', nonRetryable: true });
  await expect(observe('act', 'etcd')).rejects.toThrow('cannot do the phase etcd');
  expect(await observe('act', 'node')).toMatchObject({ kind: 'present', rules: { actDeadlineMs: 60_000 } });
});

const WATCH = {
  baseline: { kubelet: null, bootId: 'boot-1' },
  expect: REBOOT,
  settleMs: 40,
  forMs: 2_000,
  handle: null,
  failure: null,
  asksForHealing: false,
  awayMs: 0,
  awayMaxMs: 60_000,
};

test('M18: a node is proven once all that is expected of it held', async () => {
  const early = await run((activities) => activities.watchNode({ ...WATCH, node, forMs: 100 }));
  expect(early).toMatchObject({ kind: 'slice-over', missing: ['the machine has not been started again'] });
  await patchNodeInfo(server.admin, node.name, { bootID: 'boot-2', kubeletVersion: 'v1.36.3' });
  const proven = await run((activities) => activities.watchNode({ ...WATCH, node }));
  expect(proven).toMatchObject({ kind: 'proven', facts: { bootId: 'boot-2' }, ended: null });
  expect(await eventsOf()).toContain('NodeProven');
});

test('M23: the watch of a Windows node comes back when its healing has to begin again, and its mark alone proves nothing', async () => {
  const name = `win-${nodeCount}`;
  const windows = await createNode(server.admin, name, { annotations: { healed: 'true' } });
  const watch = { ...WATCH, node: windows, expect: { ...REBOOT, healing: 'healed' as const }, asksForHealing: true };
  await patchNodeInfo(server.admin, name, { bootID: 'boot-1' });
  expect(await run((activities) => activities.watchNode({ ...watch, forMs: 100 }))).toMatchObject({
    kind: 'slice-over',
  });
  await patchNodeInfo(server.admin, name, { bootID: 'boot-2' });
  expect(await run((activities) => activities.watchNode(watch))).toMatchObject({ kind: 'to-heal', missing: [] });
  expect(await run((activities) => activities.watchNode({ ...watch, asksForHealing: false }))).toMatchObject({
    kind: 'proven',
    facts: { healing: 'healed' },
  });
});

test('M19: the word of an act that has ended comes back at once, since the time to return counts from it', async () => {
  const started = await run((activities) => activities.startAct({ ...ACT, node, key: `${node.name}/1` }));
  if (started.kind !== 'started') throw new Error('not started');
  const path = `/api/v1/namespaces/${ACT_NAMESPACE}/pods/${started.handle.id}/status`;
  await server.admin.demand('PATCH', path, {
    body: { status: { phase: 'Failed', reason: 'DeadlineExceeded' } },
    contentType: MERGE_PATCH,
  });
  const watched = await run((activities) =>
    activities.watchNode({ ...WATCH, node, handle: started.handle, forMs: 60_000 }),
  );
  expect(watched).toMatchObject({
    kind: 'slice-over',
    ended: { isOk: false, detail: expect.stringContaining('DeadlineExceeded') },
  });
});

test('M8: a connection for a dry run reads a node, and neither marks it, nor gives it back, nor acts on it', async () => {
  const found = await marked();
  const written = await eventsOf();
  const other = await createNode(server.admin, `dry-${nodeCount}`);
  const dry = connectCluster({ kubeconfig: server.kubeconfig('admin'), isDryRun: true });
  const inDryRun = <T>(activity: Parameters<typeof asActivity<T>>[1]) => asActivity(maintenanceDeps(dry), activity);
  const refused = { type: 'ClusterRefused', message: expect.stringContaining('not sent, since this is a dry run') };
  try {
    const markOther = await inDryRun((all) => all.markNode({ node: other, mark: GIVEN, cordons: true }));
    expect(markOther).toEqual({ kind: 'dry-run' });
    expect(await inDryRun((all) => all.markNode({ node, mark: GIVEN, cordons: true }))).toMatchObject({
      kind: 'marked',
    });
    const giveBack = inDryRun((all) => all.giveBackNode({ node, mark: found, uncordons: true }));
    await expect(giveBack).rejects.toMatchObject(refused);
    const act = { node, run: 'dry', phase: 'node', executor: 'act', expect: REBOOT, key: 'dry' } as const;
    await expect(inDryRun((all) => all.startAct(act))).rejects.toMatchObject(refused);
    await inDryRun((all) => all.recordMaintenance({ node, event: 'NodeHeld', message: 'dry', key: 'dry' }));
  } finally {
    await dry.close();
  }
  const ofOther = (await annotationsOf(server.admin, other.name)) ?? {};
  expect(Object.keys(ofOther)).not.toContain(MAINTENANCE_ANNOTATION);
  expect(await specOf()).toMatchObject({ unschedulable: true });
  expect(await eventsOf()).toEqual(written);
  const pods = await itemsOf(server.admin, `/api/v1/namespaces/${ACT_NAMESPACE}/pods`);
  expect(pods.filter(({ metadata }) => String(fields(metadata)['name']).includes(node.name))).toEqual([]);
});

test('M25, M26: one look has the counts of all nodes, and the nodes that it is about', async () => {
  await marked();
  const other = await createNode(server.admin, `other-${nodeCount}`, {
    labels: { 'topology.kubernetes.io/zone': 'b' },
  });
  const survey = await run(
    (activities) =>
      activities.surveyCluster({
        slots: [],
        requests: [{ node: other.name, purpose: 'reboot', group: 'workers' }],
        shown: { held: [], isBreakerOpen: false, pauseUntilMs: null, waiting: [] },
      }),
    {
      maintenances: { start: async () => undefined, state: async () => 'closed', wakeAll: async () => undefined },
      gatesFor: async ({ purpose, group }) => ({ isOpen: false, reasons: [`${purpose} of ${group}`] }),
    },
  );
  expect(survey.nodes.find(({ name }) => name === node.name)).toMatchObject({
    mark: { phase: 'draining' },
    workflow: 'closed',
    gate: null,
  });
  expect(survey.nodes.find(({ name }) => name === other.name)).toMatchObject({
    zone: 'b',
    gate: { isOpen: false, reasons: ['reboot of workers'] },
  });
  expect(survey.cluster.denominator).toBe((await itemsOf(server.admin, '/api/v1/nodes')).length);
});
