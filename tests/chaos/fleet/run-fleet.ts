/** One run over three clusters while its processes and what they share are killed: its faults, its end, the judgement. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Sandbox } from '../../../sandbox/start-sandbox.ts';
import { nodeState } from '../../e2e/maintenance-world.ts';
import {
  EXAMPLE,
  NEXT,
  OLD,
  PRODUCTION,
  REACH,
  type RingsWorld,
  SOAK_MS,
  startRings,
} from '../../upgrades/rings-world.ts';
import { offences } from '../../version-sampler/judge.ts';
import { kubernetesVersions, type Sample } from '../../version-sampler/sample.ts';
import { startSampler } from '../../version-sampler/start-sampler.ts';
import { startTimeline, type Timeline } from '../timeline.ts';
import { fleetFaults, SHARED_PARTS } from './faults.ts';
import { type ClusterFacts, type FleetFinding, judgeFleet } from './judge.ts';

export interface FleetChaosResult {
  readonly findings: readonly FleetFinding[];
  readonly faults: ReadonlyMap<string, number>;
}

const RUN = 'rings';
const RUN_MS = 5_400_000;
const LOOK_MS = 5_000;

export async function runFleetChaos(options: {
  readonly seed: number;
  readonly print: (line: string) => void;
}): Promise<FleetChaosResult> {
  const world = await startRings();
  const layouts = world.clusters.map(({ layout }) => layout);
  const sampler = await startSampler(layouts, join(world.folder, 'samples.jsonl'));
  try {
    const timeline = startTimeline(options.print);
    const started = await world.vigilante(['upgrade', 'start', EXAMPLE]);
    if (started.code !== 0) throw new Error(`the run did not start: ${started.problem}`);
    const end = new AbortController();
    const [givenMs, faults] = await Promise.all([
      steer(world, timeline).finally(() => end.abort()),
      hurt(world, { seed: options.seed, timeline, end: end.signal }),
    ]);
    const samples = await sampler.samples();
    const clusters = await Promise.all(world.clusters.map((one) => clusterFacts(world, one, samples)));
    const findings = judgeFleet({
      samples: samples.length,
      offences: samples.flatMap((sample) => offences(sample, REACH)),
      soakMs: SOAK_MS,
      target: NEXT,
      clusters,
      approval: { givenMs, firstChangeMs: firstChangeMs(samples) },
    });
    return { findings, faults };
  } finally {
    await sampler.stop();
    await world.stop();
  }
}

const StatusSchema = z.object({
  running: z.boolean().optional(),
  state: z.string().optional(),
  outcome: z.string().nullable().optional(),
});

/** Approves when production waits for it. Resolves with the time of the approval, once the run has ended. */
async function steer(world: RingsWorld, timeline: Timeline): Promise<number> {
  const untilMs = Date.now() + RUN_MS;
  const production = world.clusters.find(({ layout }) => layout.cluster === PRODUCTION);
  let givenMs: number | null = null;
  let told = '';
  while (Date.now() < untilMs) {
    const { out } = await world.vigilante(['upgrade', 'status', RUN, '--output', 'json']);
    const status = out === '' ? null : StatusSchema.parse(JSON.parse(out));
    const state = status?.running === false ? `ended: ${status.outcome}` : (status?.state ?? 'no answer');
    if (state !== told) timeline.note(`the run: ${state}`);
    told = state;
    if (status?.running === false) return givenMs ?? Number.POSITIVE_INFINITY;
    const own = await world.vigilante(['upgrade', 'status', '--cluster', PRODUCTION]);
    if (givenMs === null && own.out.includes('waiting-for-approval')) {
      const atMs = Date.now();
      const approve = ['upgrade', 'approve', RUN, '--cluster', PRODUCTION, '--comment', 'CHG-1'];
      if ((await world.vigilante(approve, production)).code === 0) givenMs = atMs;
    }
    await sleep(LOOK_MS);
  }
  throw new Error(`the run has not ended within ${RUN_MS / 60_000} minutes`);
}

async function hurt(
  world: RingsWorld,
  { seed, timeline, end }: { readonly seed: number; readonly timeline: Timeline; readonly end: AbortSignal },
): Promise<ReadonlyMap<string, number>> {
  const done = new Map<string, number>();
  const [leader] = world.clusters;
  for (const { target, afterMs, forMs } of fleetFaults(seed, [...world.processes.keys()])) {
    await sleep(afterMs, undefined, { signal: end }).catch(() => undefined);
    if (end.aborted) break;
    timeline.note(`kill ${target} for ${(forMs / 1_000).toFixed(1)} s`);
    const part = SHARED_PARTS.find((one) => one === target);
    if (part === 'temporal') await leader?.killPart(part);
    else if (part === 'prometheus') await world.prometheus.kill();
    else await world.processes.get(target)?.kill('SIGKILL');
    await sleep(forMs);
    if (part === 'temporal') await leader?.startPart(part);
    else if (part === 'prometheus') await world.prometheus.start();
    else await world.start(target);
    done.set(target, (done.get(target) ?? 0) + 1);
  }
  return done;
}

const ReportSchema = z.object({ outcome: z.string(), startedMs: z.number(), writtenMs: z.number() });

async function clusterFacts(
  { folder }: RingsWorld,
  cluster: Sandbox,
  samples: readonly Sample[],
): Promise<ClusterFacts> {
  const { cluster: name, controlPlane } = cluster.layout;
  const reports = join(folder, name, 'reports');
  const files = (await readdir(reports)).filter((file) => file.endsWith('.json'));
  const read = files.map(async (file) => ReportSchema.parse(JSON.parse(await readFile(join(reports, file), 'utf8'))));
  const found = await Promise.all(read);
  const nodes = await Promise.all(
    (await cluster.listNodes()).map(async (node) => [node.name, await nodeState(cluster, node.name)] as const),
  );
  const last = samples.findLast((sample) => sample.cluster === name);
  return {
    cluster: name,
    startedMs: Math.min(...found.map(({ startedMs }) => startedMs)),
    endedMs: Math.max(...found.map(({ writtenMs }) => writtenMs)),
    outcomes: found.map(({ outcome }) => outcome),
    acts: Object.fromEntries(nodes.map(([node, state]) => [node, state?.acts ?? 0])),
    plannedActs: Object.fromEntries(nodes.map(([node]) => [node, plannedActs(node, controlPlane)])),
    marked: nodes.flatMap(([node, state]) => (state?.isCordoned === true || state?.isMarked === true ? [node] : [])),
    versions: kubernetesVersions(last),
  };
}

/** Of several control-plane nodes the kubelets come last: an act of their own. */
function plannedActs(node: string, controlPlane: number): number {
  return node.startsWith('cp-') && controlPlane > 1 ? 2 : 1;
}

function firstChangeMs(samples: readonly Sample[]): number {
  const changed = samples.find(
    (sample) => sample.cluster === PRODUCTION && kubernetesVersions(sample).some((version) => version !== OLD),
  );
  return changed?.atMs ?? Number.POSITIVE_INFINITY;
}
