/** What the process measures of the runs over several clusters. */

import type { Registry } from 'prom-client';

import { FLEET_STATES, type UpgradeFleetStatus } from '../contracts/upgrade/upgrade-fleet.ts';
import { CLUSTER_PHASES } from '../domain/upgrade/fleet-state.ts';
import { createLookGauges } from '../runtime/look-gauges.ts';

/** `silent`: it goes on, but nobody answers for it. */
export const SHOWN_STATES = [...FLEET_STATES, 'silent'] as const;

export interface ShownRun extends Pick<UpgradeFleetStatus, 'run'> {
  readonly state: (typeof SHOWN_STATES)[number];
  readonly clusters: readonly Pick<UpgradeFleetStatus['clusters'][number], 'phase'>[];
}

/** One answer may be missing, while processes hand over. */
const SHOWN_INTERVALS = 2.5;

/** @returns takes what the runs that go on say of themselves; others are shown no longer */
export function createFleetMetrics(
  registry: Registry,
  { intervalMs, now = () => performance.now() }: { readonly intervalMs: number; readonly now?: () => number },
): (shown: readonly ShownRun[]) => void {
  const shownMs = SHOWN_INTERVALS * intervalMs;
  const { add: gauge, saw } = createLookGauges<readonly ShownRun[]>(registry, { shownMs, now });
  // With a label: a gauge without one shows 0 where nothing is known.
  gauge('vigilante_fleet_runs', 'Runs over several clusters that go on, each in one state', ['state'], (of, runs) => {
    for (const state of SHOWN_STATES) of.set({ state }, runs.filter((one) => one.state === state).length);
  });
  const states = 'State of a run over several clusters: 1 for the one that it is in';
  gauge('vigilante_fleet_state', states, ['run', 'state'], (of, runs) => {
    for (const { run, state: current } of runs) {
      for (const state of SHOWN_STATES) of.set({ run, state }, Number(state === current));
    }
  });
  const phases = 'Clusters of a run over several, each in one phase';
  gauge('vigilante_fleet_clusters', phases, ['run', 'phase'], (of, runs) => {
    for (const { run, clusters } of runs) {
      for (const phase of CLUSTER_PHASES) of.set({ run, phase }, clusters.filter((one) => one.phase === phase).length);
    }
  });
  return saw;
}
