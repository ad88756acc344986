/** Puts together what the witnesses of a heal saw, for its judge. */

import { REAL_NODES_PROFILE } from '../../sandbox/probing-pods/evidence-config.ts';
import type { RealNode } from '../../sandbox/real-nodes/addresses.ts';
import { livesOn, nodePatches, type PodLife, turnaroundsOf } from '../e2e/audit-attempts.ts';
import type { HealFacts } from '../hundred-heals/judge-heal.ts';
import { type HealWorld, MARK } from './heal-world.ts';
import { type Judgement, judgementsOf } from './judgements.ts';

export interface HealRecord {
  readonly facts: HealFacts;
  /** The pods of the heal, in the order of their creation. */
  readonly lives: readonly PodLife[];
  /** By the names of the pods. */
  readonly judgements: ReadonlyMap<string, Judgement>;
}

/** Of the newest heal of the node. */
export async function recordOf(
  world: HealWorld,
  node: RealNode,
  { beganMs, curedMs }: { readonly beganMs: number; readonly curedMs: number },
): Promise<HealRecord> {
  const [events, arrivals, judgements] = await Promise.all([
    world.audit(),
    world.capture.syns(),
    judgementsOf(world.heal(node.name)),
  ]);
  const lives = healingLives(livesOn(events, node.name), beganMs);
  const marks = nodePatches(events, node.name).filter(
    ({ annotations, atMs }) => annotations[MARK] === 'true' && atMs >= beganMs,
  );
  const pods = lives.map(({ name, createdMs, end }) => ({
    name,
    createdMs,
    deletedMs: end?.deletedMs ?? null,
    addresses: end?.podIp ? [end.podIp] : [],
    verdict: judgements.get(name)?.verdict ?? null,
  }));
  const marksMs = marks.map(({ atMs }) => atMs);
  return {
    facts: {
      nodeAddress: node.address,
      curedMs,
      marksMs,
      pods,
      arrivals: arrivals.filter(({ atMs }) => atMs >= beganMs),
    },
    lives,
    judgements,
  };
}

/** Not those of `vigilante verify`. */
function healingLives(lives: readonly PodLife[], sinceMs: number): readonly PodLife[] {
  const prefix = `vigilante-${REAL_NODES_PROFILE}-`;
  return lives.filter(({ name, createdMs }) => name.startsWith(prefix) && createdMs >= sinceMs);
}

/** From a pod's creation to the answer of its DELETE, in milliseconds; the least, the median, and so on. */
export function turnAround(lives: readonly PodLife[]): string {
  const times = turnaroundsOf(lives).toSorted((one, other) => one - other);
  const at = (share: number) => ((times[Math.floor(share * (times.length - 1))] ?? 0) / 1_000).toFixed(1);
  return `${times.length} pods from create to judged: ${at(0)} / ${at(0.5)} / ${at(0.9)} / ${at(1)} s (least, median, p90, most)`;
}
