/** What the activities of maintenance are given of the configuration. */

import type { MaintenanceSettings } from '../activities/maintenance/deps.ts';
import type { Config } from '../config/schema/config.ts';
import { type LabelRequirement, parseLabelSelector } from '../domain/label-selector.ts';

export function maintenanceSettings({
  maintenance: { drain, prove, budget },
  healing,
}: Pick<Config, 'maintenance' | 'healing'>): MaintenanceSettings {
  const { cluster, groups, oneZoneAtATime, ignore, breaker } = budget;
  const { lastNode, force, ...draining } = drain;
  const { returnWithinMs, settleMs } = prove;
  return {
    drain: { ...draining, force: force.map(requirementsOf) },
    prove: { returnWithinMs, healingMs: healing.windowMs, settleMs },
    budget: {
      cluster,
      groups: groups.map(({ name, max }) => ({ name, max })),
      unavailable: breaker.unavailable,
      rules: { oneZoneAtATime, lastNode, failuresMax: breaker.failures, closeAfterMs: breaker.closeAfterMs },
    },
    groups: groups.map(({ name, selector }) => ({ name, requirements: requirementsOf(selector) })),
    ignore: ignore.map(({ selector, reason, until: untilMs }) => ({
      requirements: requirementsOf(selector),
      reason,
      untilMs,
    })),
  };
}

/** The schema has checked it. */
function requirementsOf(selector: string): readonly LabelRequirement[] {
  const requirements = parseLabelSelector(selector);
  if (requirements === null) throw new Error(`not a label selector: ${selector}`);
  return requirements;
}
