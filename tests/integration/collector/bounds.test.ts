/** A collector with as much as it takes: it is asked for all of it, killed and started again, within its memory. */

import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { runSql } from '../stores/run-sql.ts';
import { createAgentPods } from './agent-pods.ts';
import { askForAll, type FillKind, fillCollector, memoryMb } from './collector-at-bounds.ts';
import { type CollectorProcesses, collectorProcesses } from './collector-process.ts';
import { reportBody } from './collector-world.ts';

const AGENTS = Array.from({ length: 1_200 }, (_, index) => `agent-${index + 1_000}`);
const PODS_AT_ONCE = 16;
const VALUES = new URL('../../../charts/vigilante/values.yaml', import.meta.url);

let apiServer: TestApiServer;
let processes: CollectorProcesses;
let limitMb: number;

beforeAll(async () => {
  apiServer = await startApiServer();
  const pods = await createAgentPods(apiServer.admin, { namespace: 'agents', node: 'node-1' });
  const names = AGENTS.values();
  const addAll = async () => {
    for (const name of names) await pods.add(name);
  };
  await Promise.all(Array.from({ length: PODS_AT_ONCE }, addAll));
  const values = parse(await readFile(VALUES, 'utf8')) as { collector: { resources: { limits: { memory: string } } } };
  limitMb = Number(values.collector.resources.limits.memory.replace('Mi', ''));
});

beforeEach(async () => {
  const config = { agents: { reportsPerSecond: 1_000 } };
  processes = await collectorProcesses({ kubeconfig: apiServer.kubeconfig('admin').path, config });
});

afterEach(() => processes?.stop());
afterAll(() => apiServer?.stop());

test.each<FillKind>(['large-ascii', 'large-cjk'])(
  'filled with %s reports until it takes no more, it answers all, and starts again after kill -9',
  async (kind) => {
    let collector = await processes.start();
    const filled = await fillCollector(processes.url, AGENTS, kind);
    expect(Object.keys(filled.refused)).toEqual(['429']);
    // Near the bound of 64 MiB.
    expect(filled.stored).toBeGreaterThan(900);
    for (let round = 0; round < 2; round++) {
      const answers = await askForAll(processes.url);
      expect(answers.filter(({ status, path }) => status !== 200 && !path.includes('connectivity_check'))).toEqual([]);
      const list = answers.find(({ path }) => path === '/api/v1/agents/');
      expect(list?.bytes).toBeGreaterThan(filled.stored * 60_000);
      expect((await memoryMb(collector.pid)).peak).toBeLessThan(limitMb);
      await collector.kill('SIGKILL');
      collector = await processes.start();
    }
    expect((await memoryMb(collector.pid)).peak).toBeLessThan(limitMb);
  },
);

test('a file with more than it would take is read as far as there is room, and the rest is removed', async () => {
  const first = await processes.start();
  await fillCollector(processes.url, AGENTS.slice(0, 900), 'large-ascii');
  expect(await first.kill('SIGTERM')).toBe(0);
  // Twice as many under other names, as a version with a larger bound may have left them.
  const copy = `SELECT 'z-' || name, json_set(record, '$.name', 'z-' || name, '$.report.podname', 'z-' || name) FROM reports`;
  await runSql(join(processes.folder, 'reports.db'), `INSERT INTO reports ${copy}`);
  const collector = await processes.start();
  expect(await processes.log()).toMatch(/\d{3} records are removed from .+: there is no room for them in memory/);
  expect((await memoryMb(collector.pid)).peak).toBeLessThan(limitMb);
  expect((await collector.call('GET', '/api/v1/agents/agent-1000')).status).toBe(200);
});

test('connections that read no answer and others that never end their body do not keep others from being served', async () => {
  const collector = await processes.start();
  await fillCollector(processes.url, AGENTS.slice(0, 900), 'large-ascii');
  const before = (await memoryMb(collector.pid)).peak;
  const sockets: Socket[] = [];
  const open = (bytes: string) => {
    const socket = connect({ port: Number(new URL(processes.url).port), host: '127.0.0.1' });
    socket.on('error', () => undefined).once('connect', () => socket.write(bytes));
    sockets.push(socket);
  };
  try {
    for (let index = 0; index < 60; index++) {
      for (const path of ['/metrics', '/api/v1/agents/', '/api/v2/agents?limit=10000']) {
        open(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
        sockets.at(-1)?.pause();
      }
      const body = '0'.repeat(900_000);
      open(`POST /api/v1/agents/slow-${index} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n${body}`);
    }
    const post = () => collector.call('POST', '/api/v1/agents/agent-1000', { body: reportBody('agent-1000') });
    // A connection that is closed to make room may be one of these: it comes again.
    const isTaken = async () => (await post().catch(() => null))?.status === 200;
    await waitUntil(isTaken, { what: 'an honest report', timeoutMs: 120_000 });
    const isServed = async () => {
      const answers = await askForAll(processes.url).catch(() => null);
      return answers?.every(({ status, path }) => status === 200 || path.includes('connectivity_check')) ?? false;
    };
    await waitUntil(isServed, { what: 'all pages', timeoutMs: 120_000 });
    const { peak } = await memoryMb(collector.pid);
    expect(peak).toBeLessThan(limitMb);
    expect(peak - before).toBeLessThan(limitMb / 2);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});

test('says why the store cannot be read, and answers 503 and no empty lists until it can', async () => {
  const owner = await processes.start();
  await fillCollector(processes.url, AGENTS.slice(0, 3), 'ten-urls');
  const config = { store: { path: `${processes.folder}/reports.db` } };
  const others = await collectorProcesses({ kubeconfig: apiServer.kubeconfig('admin').path, config });
  try {
    const second = await others.start({ untilReady: false });
    const readyz = async () => (await second.call('GET', '/readyz').catch(() => null))?.text ?? '';
    await waitUntil(async () => (await readyz()).includes('belongs to another process'), {
      what: 'the reason in /readyz',
      timeoutMs: 120_000,
    });
    for (const path of [
      '/api/v1/agents/',
      '/api/v1/agents/agent-1000',
      '/api/v2/transitions',
      '/api/v2/connectivity',
    ]) {
      const { status, text } = await second.call('GET', path);
      expect({ path, status, text }).toEqual({
        path,
        status: 503,
        text: expect.stringContaining('belongs to another'),
      });
    }
    expect((await second.call('GET', '/metrics')).status).toBe(200);
    await owner.kill('SIGTERM');
    await waitUntil(async () => (await readyz()).includes('"ready":true'), {
      what: 'it to be ready',
      timeoutMs: 120_000,
    });
    expect((await second.call('GET', '/api/v1/agents/agent-1000')).status).toBe(200);
  } finally {
    await others.stop();
  }
});
