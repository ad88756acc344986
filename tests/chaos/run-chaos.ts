/** One run: a world, its faults, a quiet end, the judgement. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour } from '../../sandbox/behaviour.ts';
import { startProcess } from '../../sandbox/child-process.ts';
import { logOf } from '../../sandbox/layout.ts';
import type { ScratchCheckout } from '../mutations/scratch-checkout.ts';
import { BREAKS, type BreakName, NEXT_VERSION } from './breaks.ts';
import { changedCheckout, committedCheckout } from './checkouts.ts';
import { type ChaosFacts, gatherFacts } from './facts.ts';
import { type Fault, faultKind, type PlannedFault } from './fault.ts';
import type { Finding } from './finding.ts';
import { judge } from './judge.ts';
import { judgeProcesses } from './judge-processes.ts';
import { doNodeFault } from './node-faults.ts';
import type { ChaosPodLife } from './pod-lives.ts';
import { type ChaosEvidence, type ChaosPolicy, LONG_POLICY, proofPolicy, SHORT_POLICY } from './policy.ts';
import { newNodeOf } from './proof-faults.ts';
import { chaosSchedule, firstBehaviours } from './schedule.ts';
import { settle } from './settle.ts';
import { doSystemFault } from './system-faults.ts';
import { startTimeline, type Timeline } from './timeline.ts';
import { type ChaosWorld, startChaosWorld } from './world.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly evidence: ChaosEvidence;
  /** Of faults; the start, the quiet end and the judgement come in addition. */
  readonly minutes: number;
  readonly nodes: number;
  readonly breakName: BreakName | null;
  /** Commit whose processes run first and are all replaced by those of this checkout half-way; default: this checkout. */
  readonly from?: string | null;
  /** Processes and parts are left alone. */
  readonly calm: boolean;
  /** The workers are replaced by newer ones half-way. */
  readonly upgrade: boolean;
  /** Default: by the minutes. */
  readonly policy?: ChaosPolicy;
  /** Longest time until the world has settled, and then to be late is no violation; default: as the policy needs. */
  readonly settleMs?: number;
  readonly print: (line: string) => void;
}

export interface ChaosResult {
  readonly findings: readonly Finding[];
  readonly facts: ChaosFacts;
  readonly lives: readonly ChaosPodLife[];
  readonly timeline: Timeline;
  /** Faults that were done, by kind. */
  readonly faults: ReadonlyMap<string, number>;
  /** Requests that faults of the network hit. */
  readonly requestsHit: number;
  readonly ownEnds: number;
  readonly secondsTaken: number;
}

/** Runs of less than a minute get the shorter policy. */
const SHORT_MINUTES_MAX = 1;

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const startedMs = Date.now();
  const fault = options.breakName === null ? null : BREAKS[options.breakName];
  const checkouts: ScratchCheckout[] = [];
  const folderOf = async (made: Promise<ScratchCheckout>) => {
    const checkout = await made;
    checkouts.push(checkout);
    return checkout.folder;
  };
  try {
    const from = options.from ?? null;
    const changes = fault?.changes ?? [];
    const isThisOne = from === null && changes.length === 0;
    const made = from === null ? () => changedCheckout(changes) : () => committedCheckout(from);
    const checkout = isThisOne ? undefined : await folderOf(made());
    const nextChanges = from === null ? [...changes, ...(fault?.nextChanges ?? NEXT_VERSION[options.evidence])] : [];
    const next = options.upgrade ? folderOf(changedCheckout(nextChanges)) : Promise.resolve(null);
    next.catch(() => {});
    const times = options.policy ?? (options.minutes < SHORT_MINUTES_MAX ? SHORT_POLICY : LONG_POLICY);
    const policy = options.evidence === 'sandbox' ? times : proofPolicy(times, options.seed);
    const timeline = startTimeline(options.print);
    const world = await startChaosWorld({
      policy,
      timeline,
      checkout,
      nextCheckout: next,
      upgrades: from === null ? 'workers' : 'all',
    });
    try {
      // A run without its upgrade would show less than it says.
      await next;
      return await runIn(world, { options, policy, startedMs });
    } finally {
      await world.stop();
    }
  } finally {
    for (const checkout of checkouts) checkout.remove();
  }
}

async function runIn(
  world: ChaosWorld,
  { options, policy, startedMs }: { options: ChaosOptions; policy: ChaosPolicy; startedMs: number },
): Promise<ChaosResult> {
  const { timeline } = world;
  const isShort = options.minutes < SHORT_MINUTES_MAX;
  await addFirstNodes(world, options);
  const schedule = chaosSchedule({
    seed: options.seed,
    evidence: options.evidence,
    durationMs: options.minutes * 60_000,
    intervalMs: policy.intervalMs,
    systemEveryMs: options.calm ? Number.POSITIVE_INFINITY : isShort ? 1_500 : 5_000,
    nodeEveryMs: isShort ? 1_500 : 3_500,
    upgrade: options.upgrade,
  });
  const faults = await perform(world, schedule, options.minutes * 60_000);
  const unsettled = await settle(world, policy, options.settleMs);
  const late = options.settleMs === undefined ? unsettled : [];
  const facts = { ...(await gatherFacts(world, policy)), unsettled: late };
  timeline.note('judging');
  const { lives, findings } = judge(facts);
  if (options.breakName !== null && BREAKS[options.breakName].leavesProcess === true) await leaveProcess(world);
  const processes = await judgeProcesses(world);
  return {
    findings: [...findings, processes],
    facts,
    lives,
    timeline,
    faults,
    requestsHit: [...world.hits.values()].reduce((sum, count) => sum + count, 0),
    ownEnds: world.replicas.ownEnds(),
    secondsTaken: (Date.now() - startedMs) / 1e3,
  };
}

async function addFirstNodes(world: ChaosWorld, { seed, nodes, evidence }: ChaosOptions): Promise<void> {
  const behaviours = firstBehaviours(seed, nodes, evidence);
  const add = (behaviour: Behaviour, index: number) =>
    world.sandbox.addNode(`win-${index + 1}`, { behaviour, ...newNodeOf(world) });
  await Promise.all(behaviours.map(add));
  world.timeline.note(`${nodes} nodes: ${behaviours.join(', ')}`);
}

/** Each fault at its time, whatever became of those before; resolves when the last one is over. */
async function perform(
  world: ChaosWorld,
  schedule: readonly PlannedFault[],
  durationMs: number,
): Promise<ReadonlyMap<string, number>> {
  const done = new Map<string, number>();
  const beganMs = Date.now();
  const run = async ({ atMs, fault }: PlannedFault) => {
    await sleep(Math.max(0, beganMs + atMs - Date.now()));
    const wasDone = await doFault(world, fault).catch((error: unknown) => {
      world.timeline.note(`${faultKind(fault)} went wrong: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    });
    if (wasDone) done.set(faultKind(fault), (done.get(faultKind(fault)) ?? 0) + 1);
  };
  await Promise.all([...schedule.map(run), sleep(durationMs)]);
  return done;
}

async function doFault(world: ChaosWorld, fault: Fault): Promise<boolean> {
  switch (fault.kind) {
    case 'kill':
    case 'stop':
    case 'refuse':
    case 'hang':
    case 'cut-watches':
    case 'slow-webhook':
    case 'revoke':
    case 'clock-step':
    case 'upgrade':
      await doSystemFault(world, fault);
      return true;
    default:
      return doNodeFault(world, fault);
  }
}

async function leaveProcess({ sandbox }: ChaosWorld): Promise<void> {
  await startProcess({
    name: 'left',
    program: process.execPath,
    args: ['-e', 'setInterval(() => {}, 1000)'],
    env: {},
    sandboxId: sandbox.layout.id,
    logPath: logOf(sandbox.layout, 'left'),
  });
}
