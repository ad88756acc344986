/** Makes the schedule of faults of a run from its seed. */

import type { Behaviour } from '../../sandbox/behaviour.ts';
import {
  type Fault,
  type NodeFault,
  type PlannedFault,
  REFUSALS,
  REPLICAS,
  type ReplicaName,
  type SystemFault,
  type Target,
  targetsOf,
} from './fault.ts';
import type { ChaosEvidence } from './policy.ts';
import { type Random, randomOf } from './random.ts';

export interface ScheduleOptions {
  readonly seed: number;
  readonly evidence: ChaosEvidence;
  readonly durationMs: number;
  /** From one attempt to the next: how long faults last is told in it. */
  readonly intervalMs: number;
  /** From one fault of a process or part to the next, on average. */
  readonly systemEveryMs: number;
  readonly nodeEveryMs: number;
  /** Whether the workers are replaced by newer ones half-way. */
  readonly upgrade: boolean;
}

const NODE_FAULTS = [
  'node-not-ready',
  'node-deleted',
  'node-replaced',
  'healed-by-hand',
  'unhealed-by-hand',
  'switched-off',
  'pods-deleted',
  'pods-held',
  'restarted',
  'cancelled',
] as const satisfies readonly NodeFault['kind'][];

/** Each of them meets marked nodes, and these are fewer at the beginning: so relapses come twice as often. */
const PROOF_FAULTS = [
  'node-relapses',
  'node-relapses',
  'node-falls-silent',
  'node-reboots',
  'taint-returns',
] as const satisfies readonly NodeFault['kind'][];

/** Two nodes arrive for each of the other kinds' rounds: the run shall not run out of nodes to heal. */
const ARRIVALS_PER_DECK = 5;

const BEHAVIOURS: Readonly<Record<ChaosEvidence, readonly [Behaviour, ...Behaviour[]]>> = {
  sandbox: ['proving', 'proving', 'proving', 'late:10s', 'flapping', 'no-sandbox', 'failing', 'pending'],
  'source-address': ['proving', 'proving', 'proving', 'snat:8s', 'snat:30s', 'lying', 'mute'],
};

/** After its end a process or part needs this long to be there again. */
const RECOVERY_MS = 4_000;
const FAULT_INTERVALS_MAX = 4;
/** Some pods of the watch shall meet it. */
const RELAPSE_INTERVALS_MIN = 5;
/** Longer than the ten seconds for which a webhook is waited for, and for which the API server keeps a token that it knows. */
const OUTLASTING_MS = 14_000;
const CLOCK_STEPS_MS = [-3_600_000, 3_600_000] as const;

/** In the order in which they are due. Every fault ends before the run does. */
export function chaosSchedule(options: ScheduleOptions): readonly PlannedFault[] {
  const random = randomOf(options.seed);
  return [...systemFaults(options, random), ...nodeFaults(options, random)].toSorted(
    (one, other) => one.atMs - other.atMs,
  );
}

/** Behaviours of the nodes that are there at the start: each one occurs, then the seed decides. */
export function firstBehaviours(seed: number, count: number, evidence: ChaosEvidence): readonly Behaviour[] {
  const random = randomOf(seed ^ 0x5eed);
  const behaviours = BEHAVIOURS[evidence];
  const each = random.shuffled([...new Set(behaviours)]);
  return Array.from({ length: count }, (_, index) => each[index] ?? random.pick(behaviours));
}

function systemFaults(options: ScheduleOptions, random: Random): PlannedFault[] {
  const { durationMs, systemEveryMs } = options;
  const busyUntilMs = new Map<Target, number>();
  const planned: PlannedFault[] = [];
  const upgrade = { atMs: Math.round(durationMs / 2), fault: { kind: 'upgrade', forMs: options.intervalMs } } as const;
  if (options.upgrade) planned.push(upgrade);
  const calm = options.upgrade
    ? { fromMs: upgrade.atMs - RECOVERY_MS, untilMs: upgrade.atMs + options.intervalMs + RECOVERY_MS }
    : { fromMs: durationMs, untilMs: durationMs };
  let deck: SystemFault[] = [];
  for (let atMs = systemEveryMs; atMs < durationMs; atMs += spread(random, systemEveryMs)) {
    if (deck.length === 0) deck = systemDeck(options, random);
    const fault = deck.pop();
    if (fault === undefined || fault.kind === 'upgrade') continue;
    const startMs = Math.max(atMs, busyUntilMs.get(fault.target) ?? 0);
    const endMs = startMs + fault.forMs;
    // Around the upgrade the workers are left alone: it is a fault of all of them.
    const isWorker = fault.target.startsWith('worker');
    const meetsUpgrade = isWorker && endMs > calm.fromMs && startMs < calm.untilMs;
    if (endMs > durationMs || meetsUpgrade) continue;
    busyUntilMs.set(fault.target, endMs + RECOVERY_MS);
    planned.push({ atMs: startMs, fault });
  }
  return planned;
}

/** Each kind against each target once, in an order of its own. */
function systemDeck({ intervalMs, durationMs, evidence }: ScheduleOptions, random: Random): SystemFault[] {
  const forMs = () => Math.round(intervalMs * (0.5 + random.fraction() * FAULT_INTERVALS_MAX));
  const outlastingMs = Math.min(OUTLASTING_MS, Math.round(durationMs / 2));
  // The collector only asks: a network that hurts matters less to it than to those that change something.
  const client = () => random.pick<ReplicaName>(['worker-0', 'worker-1', 'starter-0', 'starter-1', ...REPLICAS]);
  const targets = targetsOf(evidence);
  return random.shuffled([
    ...targets.map((target) => ({ kind: 'kill', target, forMs: forMs() }) as const),
    ...targets.map((target) => ({ kind: 'stop', target, forMs: forMs() }) as const),
    ...REFUSALS.map((status) => ({ kind: 'refuse', target: client(), status, forMs: forMs() }) as const),
    { kind: 'hang', target: client(), forMs: forMs() },
    { kind: 'cut-watches', target: client(), forMs: forMs() },
    { kind: 'slow-webhook', target: 'apiserver', forMs: outlastingMs },
    { kind: 'revoke', target: random.pick<ReplicaName>(['worker-0', 'starter-0', 'collector-0']), forMs: outlastingMs },
    { kind: 'clock-step', target: 'collector-0', stepMs: random.pick(CLOCK_STEPS_MS), forMs: forMs() },
  ]);
}

function nodeFaults(options: ScheduleOptions, random: Random): PlannedFault[] {
  const { durationMs, nodeEveryMs, intervalMs, evidence } = options;
  const kinds = evidence === 'sandbox' ? NODE_FAULTS : [...NODE_FAULTS, ...PROOF_FAULTS];
  const planned: PlannedFault[] = [];
  let deck: NodeFault['kind'][] = [];
  let arrivals = 0;
  for (let atMs = nodeEveryMs; atMs < durationMs; atMs += spread(random, nodeEveryMs)) {
    if (deck.length === 0) {
      const arriving = Array.from({ length: ARRIVALS_PER_DECK }, () => 'node-arrives' as const);
      deck = random.shuffled([...kinds, ...arriving]);
    }
    const kind = deck.pop() ?? 'node-arrives';
    if (kind === 'node-arrives') arrivals += 1;
    const fault = nodeFault(kind, { random, intervalMs, arrivals, evidence });
    const endMs = atMs + ('forMs' in fault ? fault.forMs : 0);
    if (endMs <= durationMs) planned.push({ atMs: Math.round(atMs), fault });
  }
  return planned;
}

function nodeFault(
  kind: NodeFault['kind'],
  at: Pick<ScheduleOptions, 'intervalMs' | 'evidence'> & { readonly random: Random; readonly arrivals: number },
): Fault {
  const { random, intervalMs, arrivals, evidence } = at;
  const pick = random.fraction();
  // More than a second: the API server tells when Ready changed in whole seconds.
  const forMs = 1_100 + Math.round(intervalMs * random.fraction() * FAULT_INTERVALS_MAX);
  switch (kind) {
    case 'node-arrives':
      return { kind, name: `late-${arrivals}`, behaviour: random.pick(BEHAVIOURS[evidence]) };
    case 'node-not-ready':
    case 'node-replaced':
    case 'pods-held':
    case 'switched-off':
      return { kind, pick, forMs };
    case 'node-relapses':
    case 'node-falls-silent':
      return { kind, pick, forMs: forMs + RELAPSE_INTERVALS_MIN * intervalMs };
    default:
      return { kind, pick };
  }
}

/** Between half and one and a half of the mean. */
function spread(random: Random, meanMs: number): number {
  return Math.round(meanMs * (0.5 + random.fraction()));
}
