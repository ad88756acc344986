/** The faults of a run over clusters, one after the other by a seed. */

import { randomOf } from '../random.ts';

/** A process by its name in the world of the rings, or a part that all clusters share. */
export interface FleetFault {
  readonly target: string;
  readonly afterMs: number;
  readonly forMs: number;
}

export const SHARED_PARTS = ['temporal', 'prometheus'] as const;

const PAUSE_MS = { min: 10_000, max: 40_000 } as const;
const LASTS_MS = { min: 1_000, max: 20_000 } as const;

/** Without end: each target once in an order of its own, again and again. */
export function* fleetFaults(seed: number, processes: readonly string[]): Generator<FleetFault> {
  const random = randomOf(seed);
  while (true) {
    for (const target of random.shuffled([...processes, ...SHARED_PARTS])) {
      yield {
        target,
        afterMs: random.between(PAUSE_MS.min, PAUSE_MS.max),
        forMs: random.between(LASTS_MS.min, LASTS_MS.max),
      };
    }
  }
}
