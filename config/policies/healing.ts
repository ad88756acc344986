/** The plan that a heal is started with: self-contained, so that a later change of the file leaves it alone. */

import type { HealPlan } from '../../contracts/healing/heal-plan.ts';
import { HEAL_NODE_WORKFLOW, ONBOARD_NODE_WORKFLOW, SNAT_PROFILE } from '../../contracts/healing/names.ts';
import type { ProbePolicy } from '../../contracts/healing/onboard-node.ts';
import type { Config } from '../schema/config.ts';

export function healPlan(config: Config): HealPlan {
  const { healing, temporal } = config;
  const { windowMs, intervalMs, errorBudget, evidence, provenPodsMin, retryAfterMs } = healing;
  const { searchAttributes } = temporal;
  const shared = { windowMs, intervalMs, errorBudget, provenPodsMin, retryAfterMs, searchAttributes };
  if (evidence !== 'source-address') return { workflow: HEAL_NODE_WORKFLOW, policy: { ...shared, evidence } };
  const { fallback } = healing.echo;
  const policy = { ...shared, ...probePolicy(config), evidence, fallback };
  return { workflow: ONBOARD_NODE_WORKFLOW, profile: SNAT_PROFILE, policy };
}

/** Which endpoints a pod asks, and how long it may take. */
export function probePolicy({ healing }: Config): ProbePolicy {
  const { require, endpoints } = healing.echo;
  return { endpoints: endpoints.map(({ name }) => name), require, patienceMs: healing.patienceMs };
}
