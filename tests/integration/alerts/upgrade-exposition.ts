/** What maintainers and fleets tell Prometheus of an upgrade, and of the versions that run. */

import { Gauge, type Registry } from 'prom-client';
import type { Condition } from './source.ts';

export function addUpgrade(registry: Registry, condition: Condition): void {
  const registers = [registry];
  const isIll = condition === 'ill';
  const gauge = (name: string, labelNames: string[] = []) => new Gauge({ name, help: name, labelNames, registers });
  const states = gauge('vigilante_upgrade_state', ['state']);
  states.set({ state: 'running' }, isIll ? 0 : 1);
  states.set({ state: 'halted' }, isIll ? 1 : 0);
  const nodes = gauge('vigilante_upgrade_nodes', ['state']);
  nodes.set({ state: 'done' }, 5);
  nodes.set({ state: 'held' }, isIll ? 1 : 0);
  gauge('vigilante_upgrade_approval_remaining_seconds').set(isIll ? 3_600 : 172_800);
  gauge('vigilante_soak_blind').set(isIll ? 1 : 0);
  gauge('vigilante_soak_proven_seconds').set(600);
  gauge('vigilante_soak_remaining_seconds').set(3_000);
  // While an upgrade runs they differ where all is well, too.
  const versions = gauge('vigilante_versions', ['component', 'version']);
  versions.set({ component: 'kubelet', version: 'v1.36.3' }, 5);
  versions.set({ component: 'kubelet', version: 'v1.37.2' }, 1);
  gauge('vigilante_fleet_runs', ['state']).set({ state: isIll ? 'waiting-for-approval' : 'soaking' }, 1);
  const runs = gauge('vigilante_fleet_state', ['run', 'state']);
  runs.set({ run: 'rings', state: 'soaking' }, isIll ? 0 : 1);
  runs.set({ run: 'rings', state: 'waiting-for-approval' }, isIll ? 1 : 0);
  gauge('vigilante_fleet_clusters', ['run', 'phase']).set({ run: 'rings', phase: 'soaking' }, 1);
}
