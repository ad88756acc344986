/** What happens to reports when something dies: the collector itself, its store, the API server. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { type ApiServerPods, createAgentPods } from './agent-pods.ts';
import { callUrl } from './collector-call.ts';
import { type CollectorProcesses, collectorProcesses } from './collector-process.ts';
import { type CollectorWorld, reportBody, startCollectorWorld } from './collector-world.ts';

const NAMESPACE = 'agents';
const NODE = 'node-1';
const AGENTS = Array.from({ length: 20 }, (_, index) => `agent-${index}`);

let apiServer: TestApiServer;
let pods: ApiServerPods;

beforeAll(async () => {
  apiServer = await startApiServer();
  pods = await createAgentPods(apiServer.admin, { namespace: NAMESPACE, node: NODE });
  for (const name of AGENTS) await pods.add(name);
});

afterAll(async () => {
  await apiServer?.stop();
});

/** Reports of all agents, one after the other, until it is stopped; each carries its number as `uptime`. */
function streamOf(url: string, intervalSeconds: number) {
  const acknowledged = new Map<string, number>();
  const counts = new Map<string, number>();
  const stopping = new AbortController();
  let sequence = 0;
  const run = async (name: string) => {
    while (!stopping.signal.aborted) {
      const uptime = ++sequence;
      const body = reportBody(name, { uptime, nodename: NODE, report_interval: intervalSeconds });
      const answer = await callUrl(`${url}/api/v1/agents/${name}`, 'POST', { body }).catch(() => null);
      if (answer?.status === 200) {
        acknowledged.set(name, uptime);
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      await sleep(20);
    }
  };
  const running = AGENTS.map(run);
  return {
    acknowledged,
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** All answers of the check that were a verdict. */
function watchChecks(url: string) {
  const failed: string[] = [];
  let verdicts = 0;
  const stopping = new AbortController();
  const run = async () => {
    while (!stopping.signal.aborted) {
      const answer = await callUrl(`${url}/api/v1/connectivity_check`, 'GET').catch(() => null);
      if (answer?.status === 200) verdicts += 1;
      if (answer?.status === 400) failed.push(answer.text);
      await sleep(10);
    }
  };
  const running = run();
  return {
    failed,
    verdicts: () => verdicts,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

interface Stored {
  readonly uptime: number;
}

async function storedReports(url: string): Promise<ReadonlyMap<string, number>> {
  const { text } = await callUrl(`${url}/api/v1/agents/`, 'GET');
  return new Map(
    Object.entries(JSON.parse(text) as Record<string, Stored>).map(([name, { uptime }]) => [name, uptime]),
  );
}

async function reportCount(url: string): Promise<number> {
  const { text } = await callUrl(`${url}/metrics`, 'GET');
  return Number(/^ncagent_report_count_total\{agent="node-1-private_network"\} (\d+)$/m.exec(text)?.[1]);
}

test('kill -9 under a stream of reports: what was acknowledged is there, counters go on, the verdict does not flap', async () => {
  const config = { checkInterval: '200ms', agents: { reportsPerSecond: 1_000 } };
  const processes = await collectorProcesses({ kubeconfig: apiServer.kubeconfig('admin').path, config });
  try {
    let collector = await processes.start();
    const stream = streamOf(processes.url, 1);
    await waitUntil(async () => stream.acknowledged.size === AGENTS.length, {
      what: 'each agent to report',
      timeoutMs: 120_000,
    });
    const checks = watchChecks(processes.url);
    for (let kill = 0; kill < 3; kill++) {
      const before = stream.total();
      await waitUntil(async () => stream.total() > before + 200, { what: 'reports to be taken', timeoutMs: 120_000 });
      await collector.kill('SIGKILL');
      // Longer than two intervals of the agents: without the knowledge of its own absence all would be outdated.
      await sleep(2_500);
      const acknowledged = new Map(stream.acknowledged);
      const counted = stream.total();
      collector = await processes.start();
      const stored = await storedReports(processes.url);
      for (const [name, uptime] of acknowledged)
        expect({ name, isThere: (stored.get(name) ?? 0) >= uptime }).toEqual({ name, isThere: true });
      expect(await reportCount(processes.url)).toBeGreaterThanOrEqual(counted);
    }
    await stream.stop();
    await checks.stop();
    expect(checks.failed).toEqual([]);
    expect(checks.verdicts()).toBeGreaterThan(50);
    // A report that was stored without its answer being heard counts as well.
    expect(await reportCount(processes.url)).toBeLessThanOrEqual(stream.total() + 3 * AGENTS.length);
  } finally {
    await processes.stop();
  }
});

test('a second collector on the same file waits, saying whose it is, and takes over when the first one ends in order', async () => {
  const processes = await collectorProcesses({ kubeconfig: apiServer.kubeconfig('admin').path });
  const others = await othersOnTheFileOf(processes);
  try {
    const first = await processes.start();
    expect((await first.call('POST', '/api/v1/agents/agent-0', { body: reportBody('agent-0') })).status).toBe(200);
    const second = await others.start({ untilReady: false });
    const saysWhose = async () => (await others.log()).includes(`belongs to another process (process ${first.pid} on`);
    await waitUntil(saysWhose, { what: 'the second collector to say whose file it is', timeoutMs: 120_000 });
    expect((await second.call('GET', '/readyz')).status).toBe(503);
    expect((await second.call('POST', '/api/v1/agents/agent-1', { body: reportBody('agent-1') })).status).toBe(503);
    expect(await first.kill('SIGTERM')).toBe(0);
    const isReady = async () => (await second.call('GET', '/readyz')).status === 200;
    await waitUntil(isReady, { what: 'the second collector to be ready', timeoutMs: 120_000 });
    expect((await second.call('GET', '/api/v1/agents/agent-0')).status).toBe(200);
  } finally {
    await others.stop();
    await processes.stop();
  }
});

function othersOnTheFileOf({ folder }: CollectorProcesses): Promise<CollectorProcesses> {
  const config = { store: { path: `${folder}/reports.db` } };
  return collectorProcesses({ kubeconfig: apiServer.kubeconfig('admin').path, config });
}

async function withWorld(
  store: 'embedded' | 'custom-resources',
  run: (world: CollectorWorld) => Promise<void>,
): Promise<void> {
  const world = await startCollectorWorld({ apiServer, store });
  try {
    await run(world);
  } finally {
    await world.stop();
  }
}

const post = (world: CollectorWorld, name: string, change: Readonly<Record<string, unknown>> = {}) =>
  world.call('POST', `/api/v1/agents/${name}`, { body: reportBody(name, { nodename: NODE, ...change }) });

test('custom resources with the API server away: reports are refused with 503, nothing is lost, it recovers by itself', async () => {
  await withWorld('custom-resources', async (world) => {
    for (const name of AGENTS) expect((await post(world, name)).status).toBe(200);
    await apiServer.kill();
    try {
      const refused = await post(world, 'agent-0', { uptime: 99 });
      expect({ status: refused.status, text: refused.text }).toEqual({
        status: 503,
        text: expect.stringContaining('the report was not stored'),
      });
      expect((await world.call('GET', '/readyz')).status).toBe(503);
      // Silence while reports are refused is not the agents'.
      world.advance(10 * 60_000);
    } finally {
      await apiServer.restart();
    }
    const isTaken = async () => (await post(world, 'agent-0', { uptime: 100 })).status === 200;
    await waitUntil(isTaken, { what: 'a report to be taken again', timeoutMs: 120_000 });
    const isReady = async () => (await world.call('GET', '/readyz')).status === 200;
    await waitUntil(isReady, { what: 'the collector to be ready again', timeoutMs: 120_000 });
    expect((await world.call('GET', '/api/v1/connectivity_check')).status).toBe(200);
    expect([...(await storedReports(world.url)).keys()].toSorted()).toEqual([...AGENTS].toSorted());
  });
});

test('the embedded store with the API server away: reports are taken, there is no verdict, it recovers by itself', async () => {
  await withWorld('embedded', async (world) => {
    for (const name of AGENTS) expect((await post(world, name)).status).toBe(200);
    await apiServer.kill();
    try {
      const isUnknown = async () => (await world.call('GET', '/api/v2/connectivity')).status === 503;
      await waitUntil(isUnknown, { what: 'the verdict to be unknown', timeoutMs: 120_000 });
      expect((await world.call('GET', '/readyz')).status).toBe(503);
      const check = await world.call('GET', '/api/v1/connectivity_check');
      expect(check).toMatchObject({
        status: 500,
        text: expect.stringContaining('Error occurred while checking the agents'),
      });
      expect((await post(world, 'agent-0', { uptime: 77 })).status).toBe(200);
    } finally {
      await apiServer.restart();
    }
    const isFine = async () => (await world.call('GET', '/api/v1/connectivity_check')).status === 200;
    await waitUntil(isFine, { what: 'a verdict', timeoutMs: 120_000 });
    expect((await storedReports(world.url)).get('agent-0')).toBe(77);
  });
});
