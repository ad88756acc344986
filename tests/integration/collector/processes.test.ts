/** What agents report of processes, kept by every store and answered in pages by the node of the agent's pod. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import type { AgentProcesses, ProcessesReport } from '../../../contracts/connectivity/processes.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { createAgentPods } from './agent-pods.ts';
import { type CollectorWorld, reportBody, STORE_KINDS, startCollectorWorld } from './collector-world.ts';

const NODE = 'node-1';
const NAMES = ['a1', 'a2', 'a3', 'a4'];

let apiServer: TestApiServer;

beforeAll(async () => {
  apiServer = await startApiServer();
  const pods = await createAgentPods(apiServer.admin, { namespace: 'agents', node: NODE });
  for (const name of NAMES) await pods.add(name);
});

afterAll(async () => {
  await apiServer?.stop();
});

function processesOf(digit: string): ProcessesReport {
  const process = {
    name: 'scamper',
    uid: 65_534,
    gid: 65_534,
    effective: '2000',
    permitted: '2000',
    noNewPrivileges: false,
    seccomp: 2,
    userNamespace: false,
  };
  return { containers: [{ id: digit.repeat(64), processes: [process], omitted: 1 }], omitted: 2, problem: null };
}

async function report(world: CollectorWorld, name: string, change: object = {}): Promise<number> {
  const body = reportBody(name, { nodename: NODE, report_interval: 60, ...change });
  return (await world.call('POST', `/api/v1/agents/${name}`, { body })).status;
}

async function page(world: CollectorWorld, query = ''): Promise<readonly AgentProcesses[]> {
  const { status, text } = await world.call('GET', `/api/v2/processes${query}`);
  expect(status).toBe(200);
  return JSON.parse(text) as AgentProcesses[];
}

const namesOf = (agents: readonly AgentProcesses[]) => agents.map(({ agent }) => agent);

test.each(STORE_KINDS)('M50: with the store %s processes are kept and answered whole', async (store) => {
  const world = await startCollectorWorld({ apiServer, store });
  try {
    await report(world, 'a1', { processes: processesOf('1') });
    await report(world, 'a2');
    expect(await page(world)).toEqual([{ agent: 'a1', namespace: 'agents', node: NODE, processes: processesOf('1') }]);
    await report(world, 'a1');
    expect(await page(world)).toEqual([]);
  } finally {
    await world.stop();
  }
});

test('M52: pages follow each other by the last agent, and say when there is no more', async () => {
  const world = await startCollectorWorld({ apiServer, store: 'embedded' });
  try {
    for (const name of ['a3', 'a1', 'a4']) await report(world, name, { processes: processesOf('2') });
    expect(namesOf(await page(world, '?limit=2'))).toEqual(['a1', 'a3']);
    expect(namesOf(await page(world, '?limit=2&after=agents/a3'))).toEqual(['a4']);
    expect(namesOf(await page(world, '?limit=2&after=agents/a4'))).toEqual([]);
    expect((await world.call('GET', '/api/v2/processes?limit=51')).status).toBe(400);
  } finally {
    await world.stop();
  }
});

test('M50: what is older than two intervals, or of an agent that names another node, is not answered', async () => {
  const world = await startCollectorWorld({ apiServer, store: 'embedded' });
  try {
    await report(world, 'a1', { processes: processesOf('3') });
    await report(world, 'a2', { processes: processesOf('4'), nodename: 'node-2' });
    expect(namesOf(await page(world))).toEqual(['a1']);
    world.advance(119_000);
    expect(namesOf(await page(world))).toEqual(['a1']);
    world.advance(2_000);
    expect(namesOf(await page(world))).toEqual([]);
  } finally {
    await world.stop();
  }
});

test('M52: a report with processes that are none is refused and changes nothing', async () => {
  const world = await startCollectorWorld({ apiServer, store: 'embedded' });
  try {
    await report(world, 'a1', { processes: processesOf('5') });
    expect(await report(world, 'a1', { processes: { containers: 'all' } })).toBe(400);
    expect(await page(world)).toHaveLength(1);
  } finally {
    await world.stop();
  }
});
