/** Who is expected to report, and that no other pod silences them or takes their places, on a real API server. */

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';

import { type ConnectivityVerdict, VERDICT_NAMES_MAX } from '../../../contracts/connectivity/watch-connectivity.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { type ApiServerPods, createAgentPods } from './agent-pods.ts';
import { type CollectorWorld, reportBody, startCollectorWorld } from './collector-world.ts';

let apiServer: TestApiServer;
let world: CollectorWorld;
let testCount = 0;
let node: string;
let namespace: string;
/** The agents' own, and those of somebody who has a namespace in the cluster. */
let pods: ApiServerPods;
let tenant: ApiServerPods;

beforeAll(async () => {
  apiServer = await startApiServer();
});

afterAll(async () => {
  await apiServer?.stop();
});

beforeEach(async () => {
  testCount += 1;
  node = `node-${testCount}`;
  namespace = `agents-${testCount}`;
  pods = await createAgentPods(apiServer.admin, { namespace, node });
  tenant = await createAgentPods(apiServer.admin, { namespace: `tenant-${testCount}`, node: `${node}-b` });
});

async function inWorld(run: () => Promise<void>, config: Readonly<Record<string, unknown>> = {}): Promise<void> {
  world = await startCollectorWorld({ apiServer, store: 'embedded', config });
  try {
    await run();
  } finally {
    await pods.removeAll();
    await tenant.removeAll();
    await world.stop();
  }
}

const post = (name: string, change: Readonly<Record<string, unknown>> = {}) =>
  world.call('POST', `/api/v1/agents/${name}`, { body: reportBody(name, { nodename: node, ...change }) });

async function verdict(): Promise<ConnectivityVerdict> {
  return JSON.parse((await world.call('GET', '/api/v2/connectivity')).text) as ConnectivityVerdict;
}

async function stateOf(pod: string, of = namespace): Promise<string | undefined> {
  const { text } = await world.call('GET', `/api/v2/agents/${of}/${pod}`);
  return (JSON.parse(text) as { state?: string }).state;
}

const check = async () =>
  JSON.parse((await world.call('GET', '/api/v1/connectivity_check')).text) as { Absent: string[] };
const expectedCount = async () => (await verdict()).counts.expected;
const untilExpected = (count: number) =>
  waitUntil(async () => (await expectedCount()) === count, { what: `${count} expected pods`, timeoutMs: 120_000 });

test('pods that are not scheduled are counted, but neither fail nor hide an agent that fails', async () => {
  await inWorld(async () => {
    const names = Array.from({ length: VERDICT_NAMES_MAX + 1 }, (_, index) => `a-waiting-${index}`);
    for (const name of names) await pods.add(name, { spec: { nodeName: undefined } });
    await pods.add('z-silent');
    await pods.add('z-lively');
    await untilExpected(names.length + 2);
    expect((await post('z-lively')).status).toBe(200);
    expect(await verdict()).toMatchObject({
      ok: false,
      counts: { absent: 1, reporting: 1, suppressed: 0, unscheduled: names.length },
      failing: [{ agent: 'z-silent', node }],
      suppressed: [],
    });
    expect((await check()).Absent).toEqual(['z-silent']);
    expect((await post('z-silent')).status).toBe(200);
    expect(await verdict()).toMatchObject({ ok: true, failing: [], suppressed: [] });
    expect((await world.call('GET', '/api/v1/connectivity_check')).status).toBe(200);
  });
});

test.each(['Failed', 'Succeeded'] as const)(
  'a pod that has ended as %s is not expected beside the one that replaced it',
  async (phase) => {
    await inWorld(async () => {
      await pods.add('evicted');
      await pods.add('running');
      await untilExpected(2);
      await post('running');
      expect((await check()).Absent).toEqual(['evicted']);
      await pods.setPhase('evicted', phase);
      await untilExpected(1);
      expect(await verdict()).toMatchObject({ ok: true, counts: { reporting: 1, absent: 0 } });
    });
  },
);

test('a pod in the phase Unknown is still expected', async () => {
  await inWorld(async () => {
    await pods.add('lost');
    await pods.setPhase('lost', 'Unknown');
    await untilExpected(1);
    expect((await check()).Absent).toEqual(['lost']);
  });
});

test('a pod in a namespace that is not configured is no expected agent', async () => {
  await inWorld(
    async () => {
      await pods.add('a1');
      await untilExpected(1);
      await post('a1');
      await tenant.add('a-silent-one');
      await pods.add('a2');
      await untilExpected(2);
      expect((await check()).Absent).toEqual(['a2']);
    },
    { agents: { namespaces: [namespace] } },
  );
});

test('two pods of one name in two namespaces: each has its own report', async () => {
  await inWorld(async () => {
    await pods.add('same');
    await tenant.add('same');
    await untilExpected(2);
    await post('same', { uptime: 1 });
    expect([await stateOf('same'), await stateOf('same', `tenant-${testCount}`)]).toEqual(['reporting', 'absent']);
    await post('same', { uptime: 2, nodename: `${node}-b` });
    expect(await verdict()).toMatchObject({ ok: true, counts: { reporting: 2, conflicting: 0 } });
    const uptimes = [namespace, `tenant-${testCount}`].map(async (of) => {
      const { text } = await world.call('GET', `/api/v2/agents/${of}/same`);
      return (JSON.parse(text) as { report: { uptime: number } }).report.uptime;
    });
    expect(await Promise.all(uptimes)).toEqual([1, 2]);
    // The API of the original knows one name: the newest report answers for it.
    expect(JSON.parse((await world.call('GET', '/api/v1/agents/same')).text)).toMatchObject({ uptime: 2 });
    expect(Object.keys(JSON.parse((await world.call('GET', '/api/v1/agents/')).text) as object)).toEqual(['same']);
    world.advance(3 * 60_000);
    await post('same', { uptime: 3 });
    expect([await stateOf('same'), await stateOf('same', `tenant-${testCount}`)]).toEqual(['reporting', 'outdated']);
  });
});

test('the report of a pod does not count for a later pod of the same name', async () => {
  await inWorld(async () => {
    await pods.add('again');
    await untilExpected(1);
    await post('again');
    expect(await stateOf('again')).toBe('reporting');
    await pods.remove('again');
    await untilExpected(0);
    await pods.add('again');
    await untilExpected(1);
    expect(await stateOf('again')).toBe('absent');
    await post('again');
    expect(await stateOf('again')).toBe('reporting');
  });
});

test('agents without a pod take no place of an expected one, and are removed soon', async () => {
  await inWorld(
    async () => {
      for (const name of ['a1', 'a2', 'a3']) await pods.add(name);
      await untilExpected(3);
      const flood = async () => {
        for (let index = 0; index < 50; index++) {
          const name = `stranger-${index}`;
          await world.call('POST', `/api/v1/agents/${name}`, { body: reportBody(name) });
        }
      };
      await flood();
      for (const name of ['a1', 'a2', 'a3']) expect((await post(name)).status).toBe(200);
      await flood();
      for (const name of ['a1', 'a2', 'a3']) expect((await post(name)).status).toBe(200);
      expect(world.collector.registry.size()).toBeLessThanOrEqual(6);
      world.advance(61_000);
      await world.keepHouse();
      const { text } = await world.call('GET', '/api/v1/agents/');
      expect(Object.keys(JSON.parse(text) as object)).toEqual(['a1', 'a2', 'a3']);
    },
    { agents: { max: 3, reportsPerSecond: 1_000 } },
  );
});

test('expected agents beyond the places for agents are answered 429, with the key to change', async () => {
  await inWorld(
    async () => {
      for (const name of ['a1', 'a2', 'a3']) await pods.add(name);
      await untilExpected(3);
      expect([(await post('a1')).status, (await post('a2')).status]).toEqual([200, 200]);
      const refused = await post('a3');
      expect(refused).toMatchObject({ status: 429, text: expect.stringContaining('collector.agents.max') });
      expect((await post('a1')).status).toBe(200);
    },
    { agents: { max: 2 } },
  );
});

test('an agent that reports before its pod is known has not lost its report', async () => {
  await inWorld(async () => {
    expect((await post('early')).status).toBe(200);
    await pods.add('early');
    await untilExpected(1);
    expect(await stateOf('early')).toBe('reporting');
    world.advance(61_000);
    await world.keepHouse();
    expect(await stateOf('early')).toBe('reporting');
  });
});

test.each(['embedded', 'etcd', 'custom-resources'] as const)(
  'an agent whose interval is above the time to live does not come and go: store %s',
  async (store) => {
    world = await startCollectorWorld({ apiServer, store, config: { reportTtl: '1s' } });
    try {
      await pods.add('seldom');
      await untilExpected(1);
      expect((await post('seldom', { report_interval: 8 })).status).toBe(200);
      const startedMs = performance.now();
      // etcd ends a record of one second within three.
      while (performance.now() - startedMs < 6_000) {
        await world.keepHouse();
        expect(await stateOf('seldom')).toBe('reporting');
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      world.advance(16_000);
      expect(await stateOf('seldom')).toBe('outdated');
    } finally {
      await pods.removeAll();
      await world.stop();
    }
  },
);
