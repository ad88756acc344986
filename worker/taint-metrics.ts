/** What the worker measures of startup taints: only of profiles that have one (E55). */

import { Counter, Gauge, type Registry } from 'prom-client';
import type { HealingActivityDeps, TaintKeptReason, TaintRemovalReason } from '../activities/healing/deps.ts';

export interface TaintMetrics {
  /** @param countTainted nodes of the profile that have the taint now, as the worker knows them */
  hooksOf(
    profile: string,
    countTainted: () => number,
  ): Required<Pick<HealingActivityDeps, 'onTaintRemoved' | 'onTaintKept'>>;
}

const REMOVAL_REASONS: readonly TaintRemovalReason[] = ['proven', 'timeout', 'again'];
const KEPT_REASONS: readonly TaintKeptReason[] = ['timeout', 'refused', 'returned'];

export function createTaintMetrics(registry: Registry): TaintMetrics {
  const registers = [registry];
  const removals = new Counter({
    name: 'vigilante_startup_taint_removals_total',
    help: 'Startup taints that were removed: with the mark, when their time was over, or again since they came back.',
    labelNames: ['profile', 'reason'],
    registers,
  });
  const kept = new Counter({
    name: 'vigilante_startup_taints_kept_total',
    help: 'Startup taints that stayed: as configured when their time was over, refused by the API server, or come back too often.',
    labelNames: ['profile', 'reason'],
    registers,
  });
  const counts = new Map<string, () => number>();
  const tainted = new Gauge({
    name: 'vigilante_startup_tainted_nodes',
    help: 'Nodes that have the startup taint of the profile.',
    labelNames: ['profile'],
    registers,
    collect() {
      for (const [profile, count] of counts) this.set({ profile }, count());
    },
  });
  return {
    hooksOf(profile, countTainted) {
      counts.set(profile, countTainted);
      tainted.set({ profile }, countTainted());
      for (const reason of REMOVAL_REASONS) removals.inc({ profile, reason }, 0);
      for (const reason of KEPT_REASONS) kept.inc({ profile, reason }, 0);
      return {
        onTaintRemoved: (reason) => removals.inc({ profile, reason }),
        onTaintKept: (reason) => kept.inc({ profile, reason }),
      };
    },
  };
}
