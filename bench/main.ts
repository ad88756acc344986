/**
 * `npm run bench -- NAME [--json]`: runs a benchmark, prints its table, or JSON, and writes `bench/results/NAME.json`.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { collectorLoad } from './collector.ts';
import { collectorBounds } from './collector-bounds.ts';
import { collectorRestarts } from './collector-restarts.ts';
import { cureToMark } from './cure-to-mark.ts';
import { firstPod } from './first-pod.ts';
import { maintenance } from './maintenance.ts';
import { probes } from './probes.ts';
import { type BenchResult, UsageError } from './result.ts';
import { scale } from './scale.ts';
import { workerMemory } from './worker-memory.ts';
import { workerRecovery } from './worker-recovery.ts';

interface Bench {
  readonly run: (args: readonly string[]) => Promise<BenchResult>;
  readonly options: string;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  'first-pod': { run: firstPod, options: '[--rates 5,10,15,20,30] [--seconds 10] [--burst 100]' },
  'cure-to-mark': {
    run: cureToMark,
    options: '[--nodes 50] [--after 60] [--over 10s,0s] [--cap 0] [--set worker.cachedWorkflowsMax=500]',
  },
  maintenance: { run: maintenance, options: '[--nodes 100] [--budget 20]' },
  probes: { run: probes, options: '[--nodes 20] [--real-nodes 2]' },
  collector: { run: collectorLoad, options: '' },
  'collector-bounds': { run: collectorBounds, options: '[--rounds 10] [--agents 10000]' },
  'collector-restarts': { run: collectorRestarts, options: '[--kills 6] [--every 10] [--intervals 60,0]' },
  scale: {
    run: scale,
    options:
      '[--nodes 100,300,1000] [--store memory|file|both] [--seconds 180] [--interval 30] [--set worker.cachedWorkflowsMax=500]…',
  },
  'worker-recovery': {
    run: workerRecovery,
    options: '[--heals 100,1000] [--attempts 33] [--set workflowTasksMax=4]…',
  },
  'worker-memory': { run: workerMemory, options: '[--heals 160] [--interval 5] [--attempts 60]' },
};
const GIB = 1024 ** 3;
const EXIT_FAILED = 1;
const EXIT_USAGE = 64;

const [name = '', ...rest] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) usage(name === '' ? 'a benchmark must be named' : `there is no benchmark ${name}`);
const asJson = rest.includes('--json');
const args = rest.filter((argument) => argument !== '--json');
if (bench.options === '' && args.length > 0) usage(`${name} takes no ${args[0]}`);
const result = await bench.run(args).catch((error: unknown) => {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  if (isUsage) return usage(error.message);
  throw error;
});
const machine = `${cpus().length} cores, ${Math.round(totalmem() / GIB)} GiB, everything on one machine`;
const json = `${JSON.stringify({ machine, ...result }, null, 2)}\n`;
process.stdout.write(asJson ? json : `\n${result.title} (${machine})\n${table(result.rows)}\n`);
for (const problem of result.problems ?? []) process.stderr.write(`${problem}\n`);
const folder = new URL('results/', import.meta.url);
await mkdir(folder, { recursive: true });
await writeFile(new URL(`${name}.json`, folder), json);
if ((result.problems ?? []).length > 0) process.exitCode = EXIT_FAILED;

function usage(problem: string): never {
  const lines = Object.entries(BENCHES).map(
    ([name, { options }]) => `  npm run bench -- ${`${name} ${options}`.trim()}`,
  );
  process.stderr.write(`${problem}; usage, each also with --json:\n${lines.join('\n')}\n`);
  process.exit(EXIT_USAGE);
}

function table(rows: BenchResult['rows']): string {
  const header = Object.keys(rows[0] ?? {});
  const lines = [header, ...rows.map((row) => header.map((column) => String(row[column] ?? '')))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}
