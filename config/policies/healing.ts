/** The policy that a heal is started with: self-contained, so that a later change of the file leaves it alone. */

import type { HealingPolicy } from '../../contracts/healing/heal-node.ts';
import type { Config } from '../schema/config.ts';

export function healingPolicy(config: Config): HealingPolicy {
  const { healing, temporal } = config;
  return {
    windowMs: healing.windowMs,
    intervalMs: healing.intervalMs,
    errorBudget: healing.errorBudget,
    evidence: healing.evidence,
    provenPodsMin: healing.provenPodsMin,
    retryAfterMs: healing.retryAfterMs,
    searchAttributes: temporal.searchAttributes,
  };
}
