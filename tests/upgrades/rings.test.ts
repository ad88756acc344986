/** Three clusters as rings: one file brings all to the next version, with soaks, an approval, and programs that are exchanged. */

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { writesSince } from '../e2e/upgrade-world.ts';
import { offences } from '../version-sampler/judge.ts';
import { kubernetesVersions } from '../version-sampler/sample.ts';
import { type Sampler, startSampler } from '../version-sampler/start-sampler.ts';
import { versionTable } from '../version-sampler/table.ts';
import { EXAMPLE, NEXT, OLD, PRODUCTION, REACH, type RingsWorld, SOAK_MS, startRings } from './rings-world.ts';

const STAGE_MS = 1_500_000;

let world: RingsWorld;
let sampler: Sampler;

beforeAll(async () => {
  world = await startRings();
  const layouts = world.clusters.map(({ layout }) => layout);
  sampler = await startSampler(layouts, join(world.folder, 'samples.jsonl'));
}, 3_600_000);

afterAll(async () => {
  await sampler?.stop();
  await world?.stop();
});

const SeenSchema = z.object({
  running: z.boolean().optional(),
  state: z.string().optional(),
  outcome: z.string().nullable().optional(),
  waitsFor: z.array(z.string()).optional(),
  clusters: z.array(z.object({ cluster: z.string(), phase: z.string().optional() })).default([]),
});
type Seen = z.infer<typeof SeenSchema>;

/** The example under another name. */
async function renamed(run: string): Promise<string> {
  const file = join(world.folder, `${run}.yaml`);
  await writeFile(file, (await readFile(EXAMPLE, 'utf8')).replace('\nrun: rings\n', `\nrun: ${run}\n`));
  return file;
}

/** Null where the command has no answer, as on a busy machine. */
async function statusOf(run: string): Promise<Seen | null> {
  const { out } = await world.vigilante(['upgrade', 'status', run, '--output', 'json']);
  return out === '' ? null : SeenSchema.parse(JSON.parse(out));
}

/** Fails at once where the run halts. */
async function until(run: string, what: string, isSo: (status: Seen) => boolean) {
  return waitUntil(
    async () => {
      const status = await statusOf(run);
      if (status?.state === 'halted') throw new Error(`${run} halted: ${status.waitsFor?.join('; ')}`);
      return status !== null && isSo(status) ? status : null;
    },
    { what, timeoutMs: STAGE_MS, pollMs: 3_000, explain: async () => JSON.stringify(await statusOf(run), null, 1) },
  );
}

const hasEnded = ({ running }: Seen) => running === false;
const phaseOf = ({ clusters }: Seen, name: string) => clusters.find(({ cluster }) => cluster === name)?.phase;

const ReportSchema = z.object({
  outcome: z.string(),
  startedMs: z.number(),
  writtenMs: z.number(),
  approvedBy: z.array(z.string()),
  counts: z.record(z.string(), z.number()),
});

async function reportOf(cluster: string) {
  const folder = join(world.folder, cluster, 'reports');
  const name = (await readdir(folder)).find((one) => one.endsWith('.json')) ?? '';
  return ReportSchema.parse(JSON.parse(await readFile(join(folder, name), 'utf8')));
}

test('all three reach the next version, soaked and approved, and no sample breaks the policy', async () => {
  const plan = await world.vigilante(['upgrade', 'plan', EXAMPLE]);
  process.stderr.write(plan.out);
  expect({ code: plan.code, blocked: plan.out.includes('blocked') }).toEqual({ code: 0, blocked: false });
  expect(await world.vigilante(['upgrade', 'start', EXAMPLE])).toMatchObject({
    code: 0,
    out: 'run rings is started\n',
  });

  const production = world.clusters.find(({ layout }) => layout.cluster === PRODUCTION);
  await until('rings', 'production to be begun', (status) => phaseOf(status, PRODUCTION) === 'upgrading');
  const own = ['upgrade', 'status', '--cluster', PRODUCTION];
  const isWaiting = async () => (await world.vigilante(own)).out.includes('waiting-for-approval');
  await waitUntil(isWaiting, { what: 'production to wait for its approval', timeoutMs: STAGE_MS, pollMs: 3_000 });
  const untouched = (await sampler.samples()).findLast(({ cluster }) => cluster === PRODUCTION);
  expect(new Set(kubernetesVersions(untouched))).toEqual(new Set([OLD]));
  const approve = ['upgrade', 'approve', 'rings', '--cluster', PRODUCTION, '--comment', 'CHG-1'];
  expect(await world.vigilante(approve, production)).toMatchObject({ code: 0, problem: '' });
  expect(await until('rings', 'the end', hasEnded)).toMatchObject({ outcome: 'done' });

  const samples = await sampler.samples();
  process.stderr.write(`${samples.length} samples\n${versionTable(samples)}\n`);
  expect(samples.flatMap((sample) => offences(sample, REACH))).toEqual([]);
  for (const { layout } of world.clusters) {
    const last = samples.findLast(({ cluster }) => cluster === layout.cluster);
    expect(kubernetesVersions(last)).toEqual(Array.from({ length: layout.controlPlane * 4 + 6 }, () => NEXT));
  }
}, 3_600_000);

test('M35, M37, M46: each cluster has its report; the next is begun no sooner than the soak, and who approved is named', async () => {
  const reports = await Promise.all(world.clusters.map(({ layout }) => reportOf(layout.cluster)));
  expect(reports.map(({ outcome }) => outcome)).toEqual(reports.map(() => 'done'));
  const [sandbox, staging, production] = reports;
  expect(production?.approvedBy).toHaveLength(1);
  for (const [before, after] of [
    [sandbox, staging],
    [staging, production],
  ]) {
    expect((after?.startedMs ?? 0) - (before?.writtenMs ?? 0)).toBeGreaterThanOrEqual(SOAK_MS);
  }
});

test(
  'M5: a rerun finds all done, and writes nothing to any cluster',
  async () => {
    const sinceMs = Date.now();
    expect((await world.vigilante(['upgrade', 'start', await renamed('again')])).code).toBe(0);
    expect(await until('again', 'the end of the rerun', hasEnded)).toMatchObject({ outcome: 'done' });
    for (const cluster of world.clusters) {
      expect(writesSince(await cluster.auditEvents(), sinceMs)).toEqual([]);
    }
  },
  STAGE_MS,
);
