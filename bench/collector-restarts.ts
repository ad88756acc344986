/** The collector killed again and again under ten thousand agents: every acknowledged report must be there afterwards. */

import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { waitUntil } from '../sandbox/wait-until.ts';
import {
  type CollectorProcess,
  type CollectorProcesses,
  collectorProcesses,
} from '../tests/integration/collector/collector-process.ts';
import { startApiServer } from '../tests/integration/kubernetes/api-server.ts';
import { AGENTS, BODY, createAgents, NODES } from './collector-agents.ts';
import { checkOf, lostIn, watchChecks } from './collector-verdicts.ts';
import { useOfProcess } from './processes.ts';
import type { RestartLoadResult } from './restart-load.ts';
import { type BenchResult, percentile, wholeNumber } from './result.ts';

interface Options {
  readonly kills: number;
  readonly everySeconds: number;
  readonly intervalSeconds: number;
}

interface Restart {
  readonly killedMs: number;
  readonly readyMs: number;
}

interface Seen {
  readonly load: RestartLoadResult;
  readonly restarts: readonly Restart[];
  /** Checks that said another thing than that all agents report. */
  readonly flaps: readonly string[];
  readonly rssMbMax: number;
  readonly storeBytes: number;
  readonly lost: readonly string[];
}

const LOAD_PROGRAM = fileURLToPath(new URL('restart-load.ts', import.meta.url));
const HOT_CONNECTIONS = 16;
const FIRST_REPORTS_TIMEOUT_MS = 120_000;
const MIB = 1_024 * 1_024;
/** A report carries its number as its uptime. */
const NUMBERED = BODY.replace('"uptime":2560', '"uptime":"UPTIME"');

export async function collectorRestarts(args: readonly string[]): Promise<BenchResult> {
  const options = optionsOf(args);
  const apiServer = await startApiServer();
  const problems: string[] = [];
  try {
    await createAgents(apiServer.admin);
    const rows: Record<string, string | number>[] = [];
    for (const intervalSeconds of options.intervals) {
      const config = { agents: { max: 20_000, reportsPerSecond: 10_000 } };
      const processes = await collectorProcesses({ kubeconfig: apiServer.kubeconfig('admin').path, config });
      try {
        const seen = await restart(processes, { ...options, intervalSeconds });
        const schedule = scheduleOf(intervalSeconds);
        rows.push(rowOf(schedule, seen));
        problems.push(
          ...seen.lost.map((one) => `${schedule}: ${one}`),
          ...seen.flaps.map((one) => `${schedule}: ${one}`),
        );
      } finally {
        await processes.stop();
      }
    }
    const title = `${AGENTS} agents, collector killed ${options.kills} times, every ${options.everySeconds} s`;
    return { title, rows, problems };
  } finally {
    await apiServer.stop();
  }
}

function optionsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string', default: '6' },
      every: { type: 'string', default: '10' },
      /** Seconds from one report of an agent to its next, one row each; 0: as fast as 16 connections allow. */
      intervals: { type: 'string', default: '60,0' },
    },
  });
  const intervals = values.intervals.split(',').map((one) => wholeNumber('--intervals', one, { min: 0, max: 3_600 }));
  return {
    kills: wholeNumber('--kills', values.kills, { min: 1, max: 1_000 }),
    everySeconds: wholeNumber('--every', values.every, { min: 1, max: 600 }),
    intervals,
  };
}

async function restart(processes: CollectorProcesses, options: Options): Promise<Seen> {
  let collector = await processes.start();
  // Every agent has reported before the first kill: from then on a check that fails is a false one.
  const warmUp = startLoad(collector, { intervalSeconds: 0, above: 0 });
  await waitUntil(async () => (await checkOf(processes.url)) === null, {
    what: 'all reports',
    timeoutMs: FIRST_REPORTS_TIMEOUT_MS,
  });
  const warm = await warmUp.end();
  const load = startLoad(collector, { intervalSeconds: options.intervalSeconds, above: Math.max(...warm.newest) });
  const checks = watchChecks(processes.url);
  const restarts: Restart[] = [];
  let rssMbMax = 0;
  for (let kill = 0; kill < options.kills; kill++) {
    await sleep(options.everySeconds * 1_000);
    rssMbMax = Math.max(rssMbMax, (await useOfProcess(collector.pid)).rssMb);
    const killedMs = Date.now();
    await collector.kill('SIGKILL');
    collector = await processes.start();
    restarts.push({ killedMs, readyMs: Date.now() });
  }
  await sleep(options.everySeconds * 1_000);
  const result = await load.end();
  const flaps = await checks.end();
  rssMbMax = Math.max(rssMbMax, (await useOfProcess(collector.pid)).rssMb);
  const newest = warm.newest.map((number, agent) => Math.max(number, result.newest[agent] ?? 0));
  const lost = await lostIn(processes.url, newest);
  return { load: result, restarts, flaps, rssMbMax, storeBytes: await storeBytes(processes.folder), lost };
}

function startLoad(collector: CollectorProcess, load: { readonly intervalSeconds: number; readonly above: number }) {
  const options = {
    port: new URL(collector.url).port,
    agents: AGENTS,
    nodes: NODES,
    connections: HOT_CONNECTIONS,
    body: NUMBERED,
    interval: load.intervalSeconds,
    above: load.above,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [LOAD_PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const printed = text(child.stdout);
  return {
    async end(): Promise<RestartLoadResult> {
      child.stdin.end();
      return JSON.parse(await printed) as RestartLoadResult;
    },
  };
}

async function storeBytes(folder: string): Promise<number> {
  const files = (await readdir(folder)).filter((name) => name.startsWith('reports.db'));
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function rowOf(schedule: string, { load, restarts, flaps, rssMbMax, storeBytes, lost }: Seen) {
  const ready = restarts.map(({ killedMs, readyMs }) => readyMs - killedMs);
  const first = restarts.map(
    ({ killedMs }) => (load.acknowledgedMs.find((atMs) => atMs > killedMs) ?? Number.POSITIVE_INFINITY) - killedMs,
  );
  const answered = Object.entries(load.refused).map(([status, count]) => `${status}: ${count}`);
  return {
    reports: schedule,
    sent: load.sent,
    acknowledged: load.acknowledged,
    'refused, by status': answered.join(', ') || 0,
    lost: lost.length,
    'ready after ms, p50 / max': `${percentile(ready, 50)} / ${percentile(ready, 100)}`,
    'first acknowledged after ms, p50 / max': `${percentile(first, 50)} / ${percentile(first, 100)}`,
    'false verdicts': flaps.length,
    'RSS MB': rssMbMax,
    'store MB': Math.round(storeBytes / MIB),
  };
}

function scheduleOf(intervalSeconds: number): string {
  if (intervalSeconds === 0) return `without pause, ${HOT_CONNECTIONS} connections`;
  return `every ${intervalSeconds} s, a connection each`;
}
