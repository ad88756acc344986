/** The activity of the soak, with what it needs. */

import type { Registry } from 'prom-client';

import { createSoakActivities, type SoakDeps } from '../activities/upgrade/soak.ts';
import type { Config } from '../config/schema/config.ts';
import type { SoakActivities } from '../contracts/upgrade/soak-cluster.ts';
import { createSoakMetrics } from './soak-metrics.ts';

export interface SoakParts extends Pick<SoakDeps, 'alerts' | 'now'> {
  readonly registry: Registry;
}

export function soakActivities(
  { maintenance }: Pick<Config, 'maintenance'>,
  { alerts, now, registry }: SoakParts,
): SoakActivities {
  const { checkEveryMs: intervalMs, gapMaxMs } = maintenance.gates.alerts;
  return createSoakActivities({
    alerts,
    now,
    intervalMs,
    gapMaxMs,
    onSoak: createSoakMetrics(registry, { intervalMs }),
  });
}
