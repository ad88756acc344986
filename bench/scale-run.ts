/** One run of the benchmark `scale`: so many nodes are healed at a steady pace, and everything is counted meanwhile. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fileOf } from '../sandbox/layout.ts';
import type { TemporalStore } from '../sandbox/parts/temporal.ts';
import { type Sandbox, startSandbox } from '../sandbox/start-sandbox.ts';
import type { VigilanteProcess } from '../sandbox/vigilante-process.ts';
import { waitUntil } from '../sandbox/wait-until.ts';
import { type ProcessUse, useByProgram } from './processes.ts';
import { type MetricPage, scrape, sumOf } from './prometheus.ts';
import { type AuditSummary, summarizeAudit } from './scale-audit.ts';
import { type HistorySummary, summarizeHistories } from './scale-histories.ts';
import type { SocketBytes } from './socket-bytes.ts';

export interface ScaleRunOptions {
  readonly nodes: number;
  readonly store: TemporalStore;
  readonly seconds: number;
  readonly intervalSeconds: number;
  /** Further keys of the configuration, such as `{worker: {cachedWorkflowsMax: 100}}`. */
  readonly config: Readonly<Record<string, Record<string, unknown>>>;
}

/** What is read before and after the measured time. */
interface Reading {
  readonly atMs: number;
  readonly used: ReadonlyMap<string, ProcessUse>;
  readonly bytes: SocketBytes;
  readonly temporal: MetricPage;
  readonly worker: MetricPage;
  /** Pages in use times their size; 0 in memory. */
  readonly databaseBytes: number;
}

export interface ScaleRun {
  readonly options: ScaleRunOptions;
  readonly nodeNames: readonly string[];
  readonly before: Reading;
  readonly after: Reading;
  /** Of each program, seen every few seconds. */
  readonly rssMbMax: ReadonlyMap<string, number>;
  readonly audit: AuditSummary;
  readonly histories: HistorySummary;
}

const FIRST_PODS_TIMEOUT_MS = 600_000;
const POLL_MS = 2_000;
const SAMPLE_MS = 5_000;
/** Between the first and the second attempt of a node lie up to one and a half intervals. */
const SPREAD_INTERVALS = 1.5;
const HISTORIES_MAX = 300;
const AT_ONCE = 16;
const SOCKET_BYTES = fileURLToPath(new URL('socket-bytes.ts', import.meta.url));

export async function runScale(options: ScaleRunOptions): Promise<ScaleRun> {
  const sandbox = await startSandbox({
    temporalStore: options.store,
    vigilante: configOf(options),
    // What the simulated cluster costs is not what is measured, and it shares the cores with what is.
    auditBodies: false,
    partGarbagePercent: 400,
  });
  try {
    return await measure(sandbox, options);
  } finally {
    await sandbox.stop();
  }
}

/** The window outlasts the run: only attempts are made. */
function configOf({ intervalSeconds, config }: ScaleRunOptions): Record<string, unknown> {
  const healing = { window: '12h', interval: `${intervalSeconds}s`, ...config['healing'] };
  return { connectivity: { enabled: false }, ...config, healing };
}

async function measure(sandbox: Sandbox, options: ScaleRunOptions): Promise<ScaleRun> {
  const bytesFile = join(sandbox.layout.folder, 'socket-bytes.json');
  const env = { NODE_OPTIONS: `--import=file://${SOCKET_BYTES}?file=${encodeURIComponent(bytesFile)}` };
  const worker = await sandbox.startProcess('worker', { env });
  const starter = await sandbox.startProcess('starter');
  await Promise.all([worker.waitUntilReady(), starter.waitUntilReady()]);
  const nodeNames = Array.from({ length: options.nodes }, (_, index) => `win-${index}`);
  await arrive(sandbox, nodeNames, options.intervalSeconds);
  report(`waiting for the first pods of ${options.nodes} nodes…`);
  await waitUntil(async () => (await attemptsMade(worker)) >= options.nodes, {
    what: `the first pods of ${options.nodes} nodes`,
    timeoutMs: FIRST_PODS_TIMEOUT_MS,
    pollMs: POLL_MS,
  });
  await sleep(options.intervalSeconds * SPREAD_INTERVALS * 1_000);
  report(`measuring for ${options.seconds} s…`);
  const read = () => readingOf(sandbox, worker, bytesFile);
  const before = await read();
  const rssMbMax = await watchMemory(sandbox, options.seconds);
  const after = await read();
  // What follows reads much, and nothing that is measured may wait for it.
  await Promise.all([worker.kill(), starter.kill()]);
  report('reading the audit log and histories…');
  const audit = await summarizeAudit(sandbox.layout);
  const histories = await summarizeHistories(sandbox.env.TEMPORAL_ADDRESS, { heals: HISTORIES_MAX });
  return { options, nodeNames, before, after, rssMbMax, audit, histories };
}

/** Evenly over one interval, which is how often they are then due. */
async function arrive(sandbox: Sandbox, names: readonly string[], seconds: number): Promise<void> {
  report(`adding ${names.length} nodes…`);
  const rest = [...names];
  const addSome = async () => {
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) await sandbox.addNode(name, { ready: false });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, addSome));
  const startMs = Date.now();
  const arriving = names.map(async (name, index) => {
    await sleep(Math.max(0, startMs + (index / names.length) * seconds * 1_000 - Date.now()));
    await sandbox.setNodeReady(name, true);
  });
  await Promise.all(arriving);
}

async function attemptsMade(worker: VigilanteProcess): Promise<number> {
  return sumOf(await scrape(`${worker.httpUrl}/metrics`), 'vigilante_attempts_total', { result: 'created' });
}

async function readingOf(sandbox: Sandbox, worker: VigilanteProcess, bytesFile: string): Promise<Reading> {
  const { layout } = sandbox;
  return {
    atMs: Date.now(),
    used: await useByProgram(sandbox),
    bytes: JSON.parse(await readFile(bytesFile, 'utf8')) as SocketBytes,
    temporal: await scrape(`http://127.0.0.1:${layout.ports.temporalMetrics}/metrics`),
    worker: await scrape(`${worker.temporalMetricsUrl}/metrics`),
    databaseBytes: databaseBytes(fileOf(layout, 'temporal.db')),
  };
}

/** With what is only in the write-ahead log yet. */
function databaseBytes(path: string): number {
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(path, { readOnly: true });
  } catch {
    return 0;
  }
  const value = (pragma: string) => Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  const bytes = (value('page_count') - value('freelist_count')) * value('page_size');
  database.close();
  return bytes;
}

async function watchMemory(sandbox: Sandbox, seconds: number): Promise<Map<string, number>> {
  const rssMbMax = new Map<string, number>();
  const endMs = Date.now() + seconds * 1_000;
  while (Date.now() < endMs) {
    await sleep(Math.min(SAMPLE_MS, endMs - Date.now()));
    for (const [program, { rssMb }] of await useByProgram(sandbox)) {
      rssMbMax.set(program, Math.max(rssMb, rssMbMax.get(program) ?? 0));
    }
  }
  return rssMbMax;
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
