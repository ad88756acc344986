/** Verdicts on a real API server: pods, nodes and reports in every relation to one another. */

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';

import type { ConnectivityVerdict } from '../../../contracts/connectivity/watch-connectivity.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { deleteNode, setReady } from '../kubernetes/cluster-fixtures.ts';
import { type ApiServerPods, createAgentPods } from './agent-pods.ts';
import { type CollectorWorld, reportBody, startCollectorWorld } from './collector-world.ts';

const NAMESPACE = 'agents';
const INTERVAL_MS = 60_000;

let apiServer: TestApiServer;
let world: CollectorWorld;
let nodeCount = 0;

beforeAll(async () => {
  apiServer = await startApiServer();
});

afterAll(async () => {
  await apiServer?.stop();
});

let node: string;
let pods: ApiServerPods;

beforeEach(async () => {
  nodeCount += 1;
  node = `node-${nodeCount}`;
  pods = await createAgentPods(apiServer.admin, { namespace: NAMESPACE, node });
});

/** A collector of its own for each test; two agents that report, then what the test does. */
async function inWorld(run: () => Promise<void>, config: Readonly<Record<string, unknown>> = {}): Promise<void> {
  world = await startCollectorWorld({ apiServer, store: 'embedded', config });
  try {
    for (const name of ['a1', 'a2']) {
      await addAgent(name);
      await report(name);
    }
    await run();
  } finally {
    await pods.removeAll();
    await world.stop();
  }
}

async function addAgent(name: string): Promise<void> {
  await pods.add(name);
  await known(() => podNames().includes(name), `pod ${name}`);
}

async function report(name: string, change: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const body = reportBody(name, { nodename: node, ...change });
  const { status, text } = await world.call('POST', `/api/v1/agents/${name}`, { body });
  expect({ status, text }).toEqual({ status: 200, text: '' });
}

const podNames = () => [...world.collector.cluster.pods()].map(({ name }) => name);
const known = (holds: () => boolean, what: string) =>
  waitUntil(async () => holds(), { what: `the collector to know: ${what}`, timeoutMs: 120_000 });

async function check(): Promise<{
  status: number;
  Message: string;
  Absent: string[] | null;
  Outdated: string[] | null;
}> {
  const { status, text } = await world.call('GET', '/api/v1/connectivity_check');
  return { status, ...(JSON.parse(text) as { Message: string; Absent: string[] | null; Outdated: string[] | null }) };
}

async function verdict(): Promise<ConnectivityVerdict> {
  const { status, text } = await world.call('GET', '/api/v2/connectivity');
  expect(status).toBe(200);
  return JSON.parse(text) as ConnectivityVerdict;
}

const FINE = { Absent: null, Outdated: null, status: 200 };

test('all agents report', async () => {
  await inWorld(async () => {
    expect(await check()).toEqual({ ...FINE, Message: 'All 2 pods successfully reported back to the server' });
    expect(await verdict()).toMatchObject({
      ok: true,
      counts: { expected: 2, reporting: 2, absent: 0, outdated: 0, suppressed: 0, conflicting: 0 },
      failing: [],
      suppressed: [],
    });
  });
});

test('a pod without a report is absent, since it was created', async () => {
  await inWorld(async () => {
    await addAgent('a3');
    expect(await check()).toMatchObject({ status: 400, Absent: ['a3'], Outdated: [] });
    const { ok, counts, failing } = await verdict();
    expect({ ok, counts }).toMatchObject({ ok: false, counts: { expected: 3, reporting: 2, absent: 1 } });
    expect(failing).toMatchObject([{ agent: 'a3', namespace: NAMESPACE, node, failure: 'absent', suppressedBy: null }]);
    expect(failing[0]?.detail).toBe('the pod has never reported');
  });
});

test('a report without a pod is listed, does not count, and goes with its series when its time is over', async () => {
  await inWorld(async () => {
    await report('stranger', { nodename: 'strange-node' });
    expect(await check()).toMatchObject({ ...FINE, Message: expect.stringContaining('All 2 pods') });
    expect((await world.call('GET', '/api/v1/agents/stranger')).status).toBe(200);
    const series = async () =>
      (await world.call('GET', '/metrics')).text.includes('agent="strange-node-private_network"');
    expect(await series()).toBe(true);
    world.advance(6 * 60_000);
    await world.keepHouse();
    expect((await world.call('GET', '/api/v1/agents/stranger')).status).toBe(404);
    expect(await series()).toBe(false);
  });
});

test.each([
  [-1_000, null],
  [1_000, ['a1']],
])('an agent whose last report is two intervals and %i ms old: outdated %j', async (beyondMs, outdated) => {
  await inWorld(async () => {
    world.advance(2 * INTERVAL_MS + beyondMs);
    await report('a2');
    expect((await check()).Outdated).toEqual(outdated);
    if (outdated !== null) expect((await verdict()).failing).toMatchObject([{ agent: 'a1', failure: 'outdated' }]);
  });
});

test.each<[string, () => Promise<void>]>([
  ['node-cordoned', () => patchNode({ spec: { unschedulable: true } })],
  ['node-not-ready', () => setReady(apiServer.admin, node, false)],
  ['node-gone', () => deleteNode(apiServer.admin, node)],
  [
    'node-deleting',
    async () => {
      await patchNode({ metadata: { finalizers: ['vigilante.test/held'] } });
      await deleteNode(apiServer.admin, node);
    },
  ],
])('an agent that fails is suppressed: %s', async (reason, happen) => {
  await inWorld(async () => {
    await addAgent('a3');
    world.advance(3 * INTERVAL_MS);
    await happen();
    const names = async () => (await verdict()).suppressed.map(({ agent, suppressedBy }) => [agent, suppressedBy]);
    const wanted = ['a1', 'a2', 'a3'].map((name) => [name, reason]);
    await waitUntil(async () => JSON.stringify(await names()) === JSON.stringify(wanted), {
      what: `all agents to be suppressed by ${reason}`,
      timeoutMs: 120_000,
    });
    expect(await check()).toEqual({ ...FINE, Message: 'All 0 pods successfully reported back to the server' });
    expect(await verdict()).toMatchObject({ ok: true, counts: { expected: 3, suppressed: 3, absent: 0, outdated: 0 } });
  });
  if (reason === 'node-deleting') await patchNode({ metadata: { finalizers: null } });
});

test('an agent on a node younger than the grace is suppressed until the grace is over', async () => {
  await inWorld(
    async () => {
      await addAgent('a3');
      expect((await verdict()).suppressed).toMatchObject([
        { agent: 'a3', failure: 'absent', suppressedBy: 'node-young' },
      ]);
      expect((await check()).status).toBe(200);
      world.advance(10 * 60_000);
      expect((await check()).Absent).toEqual(['a3']);
    },
    { nodeGrace: '10m' },
  );
});

test('strictCheck makes the original’s check fail where there is an excuse, and only that', async () => {
  await inWorld(
    async () => {
      await addAgent('a3');
      await patchNode({ spec: { unschedulable: true } });
      await known(() => world.collector.cluster.node(node)?.cordoned === true, 'the cordon');
      expect(await check()).toMatchObject({ status: 400, Absent: ['a3'] });
      expect(await verdict()).toMatchObject({ ok: true, counts: { suppressed: 1 } });
    },
    { strictCheck: true },
  );
});

test.each([
  ['a day ahead', 1],
  ['a day behind', -1],
])('an agent whose clock is %s reports like any other', async (_title, days) => {
  await inWorld(async () => {
    await report('a1', { hostdate: new Date(Date.now() + days * 86_400_000).toISOString() });
    expect((await check()).status).toBe(200);
    world.advance(2 * INTERVAL_MS + 1_000);
    expect((await check()).Outdated).toEqual(['a1', 'a2']);
  });
});

test('two agents that claim one name: the newest report stays, and the conflict is reported', async () => {
  await inWorld(async () => {
    await report('a1', { nodename: 'another-node', uptime: 7 });
    expect(await check()).toMatchObject(FINE);
    expect((await verdict()).counts).toMatchObject({ reporting: 2, conflicting: 1 });
    const { text } = await world.call('GET', `/api/v2/agents/${NAMESPACE}/a1`);
    expect(JSON.parse(text)).toMatchObject({
      state: 'reporting',
      conflictingNode: 'another-node',
      report: { uptime: 7 },
    });
    await report('a1');
    expect((await verdict()).counts.conflicting).toBe(0);
  });
});

test('a pod that leaves is expected no more; its report goes when its time is over', async () => {
  await inWorld(async () => {
    await pods.remove('a1');
    await known(() => !podNames().includes('a1'), 'the pod to be gone');
    await world.keepHouse();
    expect((await world.call('GET', '/api/v1/agents/a1')).status).toBe(200);
    world.advance(6 * 60_000);
    await report('a2');
    await world.keepHouse();
    expect((await world.call('GET', '/api/v1/agents/a1')).status).toBe(404);
    expect((await check()).status).toBe(200);
  });
});

test('an agent whose pod is there stays outdated, however long it is silent', async () => {
  await inWorld(async () => {
    world.advance(86_400_000);
    await report('a2');
    await world.keepHouse();
    expect(await check()).toMatchObject({ status: 400, Absent: [], Outdated: ['a1'] });
  });
});

test('changes are noted with their time, and the state of each node says why', async () => {
  await inWorld(async () => {
    await world.keepHouse();
    world.advance(2 * INTERVAL_MS + 1_000);
    await report('a2');
    await world.keepHouse();
    const transitions = JSON.parse((await world.call('GET', '/api/v2/transitions')).text) as object[];
    expect(transitions).toMatchObject([{ agent: 'a1', node, from: 'reporting', to: 'outdated' }]);
    const nodes = JSON.parse((await world.call('GET', '/api/v2/nodes?state=failing')).text) as object[];
    expect(nodes).toMatchObject([
      { node, state: 'failing', reason: expect.stringMatching(/^a1: the last report came at/) },
    ]);
    const outdated = JSON.parse((await world.call('GET', '/api/v2/agents?state=outdated')).text) as object[];
    expect(outdated).toMatchObject([{ agent: 'a1', failure: 'outdated', intervalMs: INTERVAL_MS }]);
  });
});

test('M43: a node is answered with what its newest report says of boot and sentinel, for two intervals', async () => {
  await inWorld(async () => {
    const hostOf = async () => (JSON.parse((await world.call('GET', `/api/v2/nodes/${node}`)).text) as NodeAnswer).host;
    const notKnown = { bootId: null, sentinel: { state: 'unknown', changedMs: null } };
    expect(await hostOf()).toEqual({ reportedMs: expect.any(Number), uptimeSeconds: 1_234, ...notKnown });
    const host = { bootId: 'b-1', sentinel: { state: 'present', changedMs: 1_780_000_000_000 } };
    await report('a1', { host, uptime: 99 });
    // The other agent is not asked for it.
    world.advance(INTERVAL_MS);
    await report('a2');
    expect(await hostOf()).toEqual({ reportedMs: expect.any(Number), uptimeSeconds: 99, ...host });
    const all = JSON.parse((await world.call('GET', '/api/v2/nodes')).text) as object[];
    expect(all).toMatchObject([{ node, host }]);
    world.advance(1.5 * INTERVAL_MS);
    expect(await hostOf()).toMatchObject(notKnown);
    world.advance(INTERVAL_MS);
    expect(await hostOf()).toBeNull();
    await report('a1', { host, nodename: 'another-node' });
    expect(await hostOf()).toBeNull();
  });
});

interface NodeAnswer {
  readonly host: object | null;
}

async function patchNode(body: object): Promise<void> {
  await apiServer.admin.demand('PATCH', `/api/v1/nodes/${node}`, { body, contentType: MERGE_PATCH });
}
