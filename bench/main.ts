/** `npm run bench -- NAME`: runs a benchmark, prints its table and writes `bench/results/NAME.json`. */

import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { collectorLoad } from './collector.ts';
import { firstPod } from './first-pod.ts';
import type { BenchResult } from './result.ts';

const BENCHES: Readonly<Record<string, () => Promise<BenchResult>>> = {
  'first-pod': firstPod,
  collector: collectorLoad,
};
const GIB = 1024 ** 3;

const [name = '', ...rest] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined || rest.length > 0) {
  process.stderr.write(`usage: npm run bench -- NAME, where NAME is one of: ${Object.keys(BENCHES).join(', ')}\n`);
  process.exit(64);
}
const result = await bench();
const machine = `${cpus().length} cores, ${Math.round(totalmem() / GIB)} GiB, everything on one machine`;
process.stdout.write(`\n${result.title} (${machine})\n`);
process.stdout.write(`${table(result.rows)}\n`);
const folder = new URL('results/', import.meta.url);
await mkdir(folder, { recursive: true });
await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify({ machine, ...result }, null, 2)}\n`);

function table(rows: BenchResult['rows']): string {
  const header = Object.keys(rows[0] ?? {});
  const lines = [header, ...rows.map((row) => header.map((column) => String(row[column] ?? '')))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}
