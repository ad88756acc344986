/** What a worker and kube-state-metrics tell Prometheus of startup taints, in a cluster that is well, and in one that is ill. */

import { Counter, Gauge, type Registry } from 'prom-client';
import type { Condition } from './source.ts';

const DAY_SECONDS = 86_400;

/** Returns what happens between two scrapes. */
export function addTaints(registry: Registry, condition: Condition): () => void {
  const registers = [registry];
  const labelNames = ['profile', 'reason'];
  const removals = new Counter({
    name: 'vigilante_startup_taint_removals_total',
    help: 'removals',
    labelNames,
    registers,
  });
  const kept = new Counter({ name: 'vigilante_startup_taints_kept_total', help: 'kept', labelNames, registers });
  const profile = 'snat';
  for (const reason of ['proven', 'timeout', 'again']) removals.inc({ profile, reason }, 0);
  for (const reason of ['timeout', 'refused', 'returned']) kept.inc({ profile, reason }, 0);
  const ageSeconds = condition === 'ill' ? DAY_SECONDS : 0;
  const node = 'win-1';
  const created = new Gauge({ name: 'kube_node_created', help: 'created', labelNames: ['node'], registers });
  created.set({ node }, Date.now() / 1_000 - ageSeconds);
  const taint = new Gauge({ name: 'kube_node_spec_taint', help: 'taint', labelNames: ['node', 'key'], registers });
  // As it is in the file, where the chart has not put the keys in.
  taint.set({ node, key: 'STARTUP_TAINTS' }, 1);
  return () => {
    removals.inc({ profile, reason: 'proven' });
    if (condition === 'well') return;
    removals.inc({ profile, reason: 'timeout' });
    kept.inc({ profile, reason: 'refused' });
  };
}
