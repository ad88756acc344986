/** The faults of a run of maintenance, and their schedule by a seed. */

import type { MachineBehaviour } from '../../../sandbox/machines/machine-behaviour.ts';
import { randomOf } from '../random.ts';

export const MAINTAINERS = ['maintainer-0', 'maintainer-1'] as const;
export type Maintainer = (typeof MAINTAINERS)[number];
const PARTS = ['temporal', 'apiserver', 'etcd', 'controller-manager', 'scheduler'] as const;
export type HurtPart = (typeof PARTS)[number];

/** `pick`: in [0, 1), of the nodes that are there. */
export type MaintenanceFault =
  | { readonly kind: 'kill' | 'stop'; readonly target: Maintainer; readonly forMs: number }
  | { readonly kind: 'kill-part'; readonly target: HurtPart; readonly forMs: number }
  /** 40 % of the nodes are NotReady at once. */
  | { readonly kind: 'storm'; readonly pick: number; readonly forMs: number }
  | { readonly kind: 'cordoned-by-hand'; readonly pick: number; readonly forMs: number }
  /** Somebody uncordons a node in the middle of its maintenance. */
  | { readonly kind: 'uncordoned-by-hand' | 'workflow-terminated'; readonly pick: number }
  /** `resumed`: a person closes the breaker. */
  | { readonly kind: 'guard-terminated' | 'resumed' }
  | { readonly kind: 'machine'; readonly pick: number; readonly behaviour: MachineBehaviour }
  /** Somebody asks for a reboot of the node. */
  | { readonly kind: 'asked'; readonly pick: number };

export interface PlannedMaintenanceFault {
  readonly atMs: number;
  readonly fault: MaintenanceFault;
}

const LASTS_MS = { min: 1_500, max: 12_000 } as const;
const ASKS_PER_DECK = 8;

/** Each kind once in an order of its own, again and again; all of them end before the run does. */
export function maintenanceSchedule({
  seed,
  durationMs,
  everyMs,
}: {
  readonly seed: number;
  readonly durationMs: number;
  readonly everyMs: number;
}): readonly PlannedMaintenanceFault[] {
  const random = randomOf(seed);
  const pick = () => random.fraction();
  const forMs = () => random.between(LASTS_MS.min, LASTS_MS.max);
  const deck = (): MaintenanceFault[] =>
    random.shuffled<MaintenanceFault>([
      ...MAINTAINERS.map((target) => ({ kind: 'kill', target, forMs: forMs() }) as const),
      { kind: 'stop', target: random.pick(MAINTAINERS), forMs: forMs() },
      { kind: 'kill-part', target: random.pick(PARTS), forMs: forMs() },
      { kind: 'storm', pick: pick(), forMs: forMs() },
      { kind: 'cordoned-by-hand', pick: pick(), forMs: forMs() },
      { kind: 'uncordoned-by-hand', pick: pick() },
      { kind: 'workflow-terminated', pick: pick() },
      { kind: 'guard-terminated' },
      { kind: 'resumed' },
      { kind: 'resumed' },
      { kind: 'machine', pick: pick(), behaviour: 'returns-late:15s' },
      { kind: 'machine', pick: pick(), behaviour: 'never-returns' },
      ...Array.from({ length: ASKS_PER_DECK }, () => ({ kind: 'asked', pick: pick() }) as const),
    ]);
  const planned: PlannedMaintenanceFault[] = [];
  let rest: MaintenanceFault[] = [];
  for (let atMs = everyMs; atMs < durationMs; atMs += Math.round(everyMs * (0.5 + random.fraction()))) {
    if (rest.length === 0) rest = deck();
    const fault = rest.pop();
    const endsMs = atMs + (fault !== undefined && 'forMs' in fault ? fault.forMs : 0);
    if (fault !== undefined && endsMs <= durationMs) planned.push({ atMs, fault });
  }
  return planned;
}

export function describeMaintenanceFault({ kind, ...details }: MaintenanceFault): string {
  const words = Object.entries(details).map(([key, value]) =>
    key === 'forMs' ? `for ${(Number(value) / 1_000).toFixed(1)} s` : key === 'pick' ? '' : String(value),
  );
  return [kind, ...words].filter((word) => word !== '').join(' ');
}
