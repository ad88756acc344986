/** Heals real nodes one after the other, two at once, each with a cure by its plan, and judges each. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FINISHES } from '../../domain/healing/early-finish.ts';
import { type RealNode, realNode } from '../../sandbox/real-nodes/addresses.ts';
import { turnaroundsOf } from '../e2e/audit-attempts.ts';
import { type HealRecord, recordOf, turnAround } from '../real-nodes/heal-facts.ts';
import { type HealWorld, startHealWorld } from '../real-nodes/heal-world.ts';
import type { HealPlan } from './heal-plans.ts';
import { healViolations } from './judge-heal.ts';

export interface HealsOptions {
  readonly plans: readonly HealPlan[];
  readonly windowMs: number;
  /** `healing.finish`; default `window`. */
  readonly finish?: (typeof FINISHES)[number];
  /** Checkout of the processes and of the echo; default: this one. */
  readonly checkout?: string;
  readonly print: (line: string) => void;
}

export interface HealsResult {
  readonly heals: number;
  readonly violations: readonly string[];
  /** From each cure to its mark. */
  readonly toMarkMs: readonly number[];
}

const NODES = [realNode(1), realNode(2)] as const;
const PROOFS_MIN = 2;
/** Attempts that a window has room for, and the share of it that a pod may take, which is the most that is allowed. */
const INTERVALS = 12;
const PATIENCE_SHARE = 0.5;
/** Beyond the window and its extension. */
const MARK_TIMEOUT_MS = 30_000;
/** The default, which a short window has no room for. */
const INTERVAL_FIRST_MS = 5_000;
/** With `finish: proven`. A pause is never longer than the interval. */
const PROVEN = { finish: 'proven', proofsInARow: PROOFS_MIN, proofsOver: '10s', relapse: { watch: 'off' } } as const;
/** Containerd reads the file of the network within it. */
const READ_MS = 1_000;
/** `proofsOver`, the reading, and one second: what a mark may take beside its pause and its pods (E20). */
const REST_MS = 10_000 + READ_MS + 1_000;

export async function runHeals(options: HealsOptions): Promise<HealsResult> {
  const { plans, windowMs, finish = 'window', checkout, print } = options;
  const intervalMs = Math.round(windowMs / INTERVALS);
  const world = await startHealWorld({
    realNodes: {
      count: NODES.length,
      ...(checkout === undefined ? {} : { echoProgram: join(checkout, 'bin/vigilante') }),
    },
    healing: {
      window: `${windowMs}ms`,
      interval: `${intervalMs}ms`,
      patience: `${Math.round(windowMs * PATIENCE_SHARE)}ms`,
      provenPodsMin: PROOFS_MIN,
      ...(finish === 'proven' ? { ...PROVEN, intervalFirst: `${Math.min(INTERVAL_FIRST_MS, intervalMs)}ms` } : {}),
    },
    ...(checkout === undefined ? {} : { checkout }),
  });
  try {
    const pauseMaxMs = finish === 'proven' ? intervalMs : null;
    const lane = async (node: RealNode, ofLane: readonly HealPlan[]) => {
      const heals: JudgedHeal[] = [];
      for (const plan of ofLane) heals.push(await runHeal(world, { node, plan, windowMs, pauseMaxMs, print }));
      return heals;
    };
    const lanes = NODES.map((node, index) =>
      lane(
        node,
        plans.filter(({ number }) => number % NODES.length === (index + 1) % NODES.length),
      ),
    );
    const judged = (await Promise.all(lanes)).flat();
    return {
      heals: plans.length,
      violations: judged.flatMap(({ violations }) => violations),
      toMarkMs: judged.flatMap(({ toMarkMs }) => toMarkMs ?? []),
    };
  } finally {
    await world.stop();
  }
}

interface OneHeal extends Pick<HealsOptions, 'windowMs' | 'print'> {
  readonly node: RealNode;
  readonly plan: HealPlan;
  /** Null where a mark need not follow its cure at once. */
  readonly pauseMaxMs: number | null;
}

interface JudgedHeal {
  readonly violations: readonly string[];
  /** Null for a node that was not marked. */
  readonly toMarkMs: number | null;
}

async function runHeal(world: HealWorld, { node, plan, windowMs, pauseMaxMs, print }: OneHeal): Promise<JudgedHeal> {
  await world.nodes.snat(node.name);
  await sleep(READ_MS);
  const beganMs = await world.begin(node.name);
  await sleep(plan.cureAfterMs);
  const curedMs = await world.nodes.cure(node.name, { how: plan.how });
  // A node whose network is broken for long enough is not Ready, and has a full window after it.
  const leftMs = 2 * windowMs + MARK_TIMEOUT_MS;
  // Whether it was marked is for the judge to say.
  await world.untilMarked(node.name, leftMs).catch(() => undefined);
  const record = await recordOf(world, node, { beganMs, curedMs });
  const slowestMs = Math.max(0, ...turnaroundsOf(record.lives));
  const markWithinMs = pauseMaxMs === null ? null : pauseMaxMs + slowestMs * (PROOFS_MIN + 1) + REST_MS;
  const violations = healViolations(record.facts, { proofsMin: PROOFS_MIN, markWithinMs });
  const [markMs] = record.facts.marksMs;
  const toMarkMs = markMs === undefined ? null : markMs - curedMs;
  print(`${plan.number} ${node.name}: ${describe(plan, record)}`);
  const named = violations.map((violation) => `heal ${plan.number} on ${node.name}: ${violation}`);
  if (named.length > 0) for (const line of [...named, ...tableOf(record)]) print(`  ${line}`);
  return { violations: named, toMarkMs };
}

function describe({ cureAfterMs, how }: HealPlan, { facts, lives }: HealRecord): string {
  const { pods, marksMs, curedMs } = facts;
  const count = (verdict: string) => pods.filter((pod) => pod.verdict === verdict).length;
  const mark = marksMs[0] === undefined ? 'not marked' : `marked ${seconds(marksMs[0] - curedMs)} s after it`;
  const judged = `${count('proven')} pods proven, ${count('refuted')} refuted, ${count('silent')} silent`;
  return `cure by ${how} after ${seconds(cureAfterMs)} s, ${mark}; ${judged}; ${turnAround(lives)}`;
}

/** What each pod showed and what was made of it, for a person. */
function tableOf({ facts, judgements }: HealRecord): readonly string[] {
  const { pods, arrivals, curedMs, nodeAddress } = facts;
  return pods.map(({ name, createdMs, deletedMs, addresses }) => {
    const during = arrivals.filter(
      ({ atMs, source }) =>
        atMs >= createdMs && atMs <= (deletedMs ?? atMs) && [...addresses, nodeAddress].includes(source),
    );
    const sources = [...new Set(during.map(({ source }) => source))].join(', ') || 'nothing';
    const at = seconds(createdMs - curedMs);
    return `${at} s after the cure ${name} with ${addresses.join(', ')}: ${sources} arrived; ${judgements.get(name)?.detail}`;
  });
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
