/** The collector under load: durable reports over 1, 16 and 64 connections, checks of ten thousand agents, memory. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { boundToken } from '../tests/integration/collector/bound-token.ts';
import { type CollectorProcess, collectorProcesses } from '../tests/integration/collector/collector-process.ts';
import { startApiServer, type TestApiServer } from '../tests/integration/kubernetes/api-server.ts';
import { AGENTS, BODY, createAgents, NAMESPACE, NODES } from './collector-agents.ts';
import type { LoadResult } from './collector-load.ts';
import { useOfProcess } from './processes.ts';
import { type BenchResult, percentile } from './result.ts';

const LOAD_SECONDS = 10;
const CONNECTIONS = [1, 16, 64] as const;
const CHECKS = 200;
const TOKENS = 20;
/** The default of the configuration. */
const AUDIENCE = 'vigilante-collector';
const LOAD_PROGRAM = fileURLToPath(new URL('collector-load.ts', import.meta.url));

const run = promisify(execFile);

export async function collectorLoad(): Promise<BenchResult> {
  const apiServer = await startApiServer();
  const config = { agents: { max: 20_000, reportsPerSecond: 10_000 } };
  const processes = await collectorProcesses({ kubeconfig: apiServer.kubeconfig('admin').path, config });
  try {
    await createAgents(apiServer.admin);
    const collector = await processes.start();
    const rows: Record<string, string | number>[] = [];
    for (const close of [false, true]) {
      for (const connections of CONNECTIONS) rows.push(await measureLoad(collector, { connections, close }));
    }
    rows.push(await measureChecks(collector));
    await collector.kill('SIGTERM');
    rows.push(...(await measureAuthentication(apiServer)));
    return { title: `${AGENTS} agents, embedded store, reports of ${Buffer.byteLength(BODY)} bytes`, rows };
  } finally {
    await processes.stop();
    await apiServer.stop();
  }
}

/** Few agents, each with a token of its pod: after the first report of each the answer is remembered. */
async function measureAuthentication(apiServer: TestApiServer): Promise<Record<string, string | number>[]> {
  const tokens: string[] = [];
  for (let index = 0; index < TOKENS; index++)
    tokens.push(await boundToken(apiServer.admin, { namespace: NAMESPACE, pod: `agent-${index}`, audience: AUDIENCE }));
  const rows: Record<string, string | number>[] = [];
  for (const kind of ['off', 'token-review'] as const) {
    const config = { agents: { reportsPerSecond: 10_000 }, authentication: { kind } };
    const processes = await collectorProcesses({ kubeconfig: apiServer.kubeconfig('admin').path, config });
    try {
      const load = { connections: 16, close: false, agents: TOKENS, tokens };
      const row = await measureLoad(await processes.start(), load);
      rows.push({ ...row, what: `POST, 16 connections, ${TOKENS} agents, authentication ${kind}` });
    } finally {
      await processes.stop();
    }
  }
  return rows;
}

async function measureLoad(
  collector: CollectorProcess,
  load: { readonly connections: number; readonly close: boolean; readonly agents?: number; readonly tokens?: string[] },
): Promise<Record<string, string | number>> {
  const { connections, close, agents = AGENTS, tokens = [] } = load;
  const before = { cpuMs: (await useOfProcess(collector.pid)).cpuMs, commits: await metric(collector, COMMITS) };
  const port = new URL(collector.url).port;
  const options = {
    port,
    connections,
    seconds: LOAD_SECONDS,
    agents,
    nodes: NODES,
    body: BODY,
    tokens: JSON.stringify(tokens),
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout } = await run(process.execPath, [LOAD_PROGRAM, ...args, ...(close ? ['--close'] : [])]);
  const seen = JSON.parse(stdout) as LoadResult;
  const cpuMs = (await useOfProcess(collector.pid)).cpuMs - before.cpuMs;
  const commits = (await metric(collector, COMMITS)) - before.commits;
  return {
    what: `POST, ${connections} connections, ${close ? 'Connection: close' : 'keep-alive'}`,
    'per second': Math.round(seen.reports / seen.seconds),
    'p50 ms': seen.p50Ms.toFixed(2),
    'p99 ms': seen.p99Ms.toFixed(2),
    failures: seen.failures,
    'fsyncs per second': Math.round(commits / seen.seconds),
    'collector CPU %': Math.round(cpuMs / seen.seconds / 10),
    'load CPU %': Math.round(seen.cpuMs / seen.seconds / 10),
    'RSS MB': (await useOfProcess(collector.pid)).rssMb,
  };
}

const COMMITS = 'vigilante_collector_commits_total';
const LISTS = /^vigilante_kubernetes_requests_total\{[^}]*verb="list"[^}]*\} (\d+)$/gm;

async function measureChecks(collector: CollectorProcess): Promise<Record<string, string | number>> {
  const lists = async () =>
    [...(await collector.call('GET', '/metrics')).text.matchAll(LISTS)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  const before = { cpuMs: (await useOfProcess(collector.pid)).cpuMs, lists: await lists() };
  const tookMs: number[] = [];
  const startedMs = performance.now();
  for (let check = 0; check < CHECKS; check++) {
    const beganMs = performance.now();
    const { text } = await collector.call('GET', '/api/v1/connectivity_check');
    tookMs.push(performance.now() - beganMs);
    if (!text.includes(`${AGENTS} pods successfully`)) throw new Error(`not all agents report: ${text.slice(0, 200)}`);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const cpuMs = (await useOfProcess(collector.pid)).cpuMs - before.cpuMs;
  if ((await lists()) !== before.lists) throw new Error('a check listed the pods');
  return {
    what: `GET connectivity_check of ${AGENTS} pods`,
    'per second': Math.round(CHECKS / seconds),
    'p50 ms': percentile(tookMs, 50).toFixed(2),
    'p99 ms': percentile(tookMs, 99).toFixed(2),
    failures: 0,
    'fsyncs per second': 0,
    'collector CPU %': Math.round(cpuMs / seconds / 10),
    'load CPU %': '',
    'RSS MB': (await useOfProcess(collector.pid)).rssMb,
  };
}

async function metric(collector: CollectorProcess, name: string): Promise<number> {
  const { text } = await collector.call('GET', '/metrics');
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  if (line === undefined) throw new Error(`the collector has no metric ${name}`);
  return Number(line.slice(name.length + 1));
}
