/** One run of maintenance: a world, its faults, a quiet end, the judgement. */

import { z } from 'zod';
import { MAINTENANCE_ANNOTATION } from '../../../contracts/maintenance/names.ts';
import type { MachineBehaviour } from '../../../sandbox/machines/machine-behaviour.ts';
import { deletesOfMaintainer, nodeSteps } from '../../../sandbox/machines/maintenance-audit.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startTimeline } from '../timeline.ts';
import { maintenanceSchedule } from './faults.ts';
import { type EndState, judgeMaintenance, type MaintenanceFinding } from './judge.ts';
import { performMaintenance } from './perform.ts';
import { BUDGET, type MaintenanceChaosWorld, startMaintenanceChaos } from './world.ts';

export interface MaintenanceChaosOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly nodes: number;
  /** Folder of the program that the maintainers run; default: this one. */
  readonly checkout?: string;
  /** Behaviours of machines from the beginning, and then no faults; default: the faults of the seed. */
  readonly machines?: Readonly<Record<string, MachineBehaviour>>;
  /** Longest time until nobody is in work, and then who is in work still is not judged; default: later is a failure. */
  readonly settleMs?: number;
  readonly print: (line: string) => void;
}

export interface MaintenanceChaosResult {
  readonly findings: readonly MaintenanceFinding[];
  readonly faults: ReadonlyMap<string, number>;
  /** Nodes that were given back after they booted. */
  readonly rebooted: number;
  readonly held: number;
}

/** Time to get on with the work in between; a short run has all kinds of faults all the same. */
const EVERY_MAX_MS = 4_000;
const FAULTS_MIN = 20;
const QUIET_MS = 420_000;
const QUIET_LOOKS = 5;

export async function runMaintenance(options: MaintenanceChaosOptions): Promise<MaintenanceChaosResult> {
  const { seed, minutes, nodes, print } = options;
  const timeline = startTimeline(print);
  const world = await startMaintenanceChaos({
    nodes,
    timeline,
    checkout: options.checkout,
    machines: options.machines ?? {},
  });
  try {
    const durationMs = minutes * 60_000;
    const isCalm = options.machines !== undefined;
    const everyMs = Math.min(EVERY_MAX_MS, durationMs / FAULTS_MIN);
    const schedule = isCalm ? [] : maintenanceSchedule({ seed, durationMs, everyMs });
    const faults = await performMaintenance(world, schedule, durationMs);
    timeline.note('quiet');
    const end = await quietEnd(world, options.settleMs);
    const events = await world.sandbox.auditEvents();
    const steps = nodeSteps(events);
    const findings = judgeMaintenance({ steps, deletes: deletesOfMaintainer(events), budget: BUDGET, end });
    return {
      findings,
      faults,
      rebooted: steps.filter(({ step }) => step === 'boot').length,
      held: end.filter(({ isHeld }) => isHeld).length,
    };
  } finally {
    await world.stop();
  }
}

/**
 * The breaker is closed whenever it opens, until nobody is in work for some looks on end. Who still waits then waits for a
 * node that is held: it keeps its slot, and its zone.
 */
async function quietEnd(world: MaintenanceChaosWorld, settleMs?: number): Promise<readonly EndState[]> {
  const by = 'chaos';
  let quietLooks = 0;
  const quiet = waitUntil(
    async () => {
      const answer = await world.guard.status().catch(() => null);
      if (answer?.kind !== 'status') return false;
      const { slots, waiting, breaker } = answer.status;
      if (breaker.failures !== null) await world.guard.resume({ by, reason: 'the quiet end' }).catch(() => null);
      const isQuiet = slots.every(({ held }) => held) && (waiting.length === 0 || slots.length > 0);
      quietLooks = isQuiet ? quietLooks + 1 : 0;
      return quietLooks >= QUIET_LOOKS;
    },
    {
      what: 'nobody to be in work',
      timeoutMs: settleMs ?? QUIET_MS,
      pollMs: 2_000,
      explain: async () => JSON.stringify(await world.guard.status().catch(String)),
    },
  );
  const isQuiet = await (settleMs === undefined ? quiet : quiet.catch(() => false));
  const end = await endStates(world);
  return isQuiet ? end : end.filter(({ isMarked, isHeld }) => isHeld || !isMarked);
}

const NodeSchema = z.object({
  metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({ unschedulable: z.boolean().default(false) }).prefault({}),
});
const NodesSchema = z.object({ items: z.array(NodeSchema) });
const EventsSchema = z.object({
  items: z.array(z.object({ reason: z.string().default(''), involvedObject: z.object({ name: z.string() }) })),
});

async function nodesNow({ sandbox }: MaintenanceChaosWorld) {
  const { items } = NodesSchema.parse((await sandbox.api.demand('GET', '/api/v1/nodes')).body);
  return items.map(({ metadata: { name, annotations }, spec }) => ({
    name,
    isCordoned: spec.unschedulable,
    isMarked: annotations[MAINTENANCE_ANNOTATION] !== undefined,
  }));
}

async function endStates(world: MaintenanceChaosWorld): Promise<readonly EndState[]> {
  const answer = await world.guard.status();
  if (answer.kind !== 'status') throw new Error(`the guard is ${answer.kind}`);
  const held = new Set(answer.status.slots.filter((slot) => slot.held).map(({ node }) => String(node.name)));
  const events = EventsSchema.parse((await world.sandbox.api.demand('GET', '/api/v1/namespaces/default/events')).body);
  const told = new Set(
    events.items.filter(({ reason }) => reason === 'NodeHeld').map(({ involvedObject }) => involvedObject.name),
  );
  return (await nodesNow(world)).map((node) => ({ ...node, isHeld: held.has(node.name), isTold: told.has(node.name) }));
}
