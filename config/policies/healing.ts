/** The plan that a heal is started with: self-contained, so that a later change of the file leaves it alone. */

import type { HealPlan } from '../../contracts/healing/heal-plan.ts';
import { HEAL_NODE_WORKFLOW, ONBOARD_NODE_WORKFLOW, SNAT_PROFILE } from '../../contracts/healing/names.ts';
import type { Config } from '../schema/config.ts';
import type { HealingProfile } from './profiles.ts';

/** Of the profile `snat`. */
export function healPlan(config: Config): HealPlan {
  return planOf({ name: SNAT_PROFILE, healing: config.healing }, config.temporal);
}

export function planOf(
  { name: profile, healing }: Pick<HealingProfile, 'name' | 'healing'>,
  { searchAttributes }: Pick<Config['temporal'], 'searchAttributes'>,
): HealPlan {
  const { windowMs, intervalMs, errorBudget, evidence, provenPodsMin, retryAfterMs, patienceMs } = healing;
  const shared = { windowMs, intervalMs, errorBudget, provenPodsMin, retryAfterMs, searchAttributes };
  if (evidence !== 'source-address') return { workflow: HEAL_NODE_WORKFLOW, policy: { ...shared, evidence } };
  const { fallback, require } = healing.echo;
  const endpoints = healing.echo.endpoints.map(({ name }) => name);
  const { finish, proofsInARow, proofsOverMs, intervalFirstMs, relapse } = healing;
  // Left out where it says nothing: a worker of an earlier version knows no such key.
  const early = finish === 'proven' ? { early: { proofsInARow, proofsOverMs, intervalFirstMs } } : {};
  const watch = finish === 'proven' && relapse.watch !== 'off' ? { relapse } : {};
  const { taint: startupTaint } = healing;
  const taint =
    startupTaint === undefined ? {} : { taint: { capMs: startupTaint.capMs, onTimeout: startupTaint.onTimeout } };
  const policy = { ...shared, endpoints, require, patienceMs, evidence, fallback, ...early, ...watch, ...taint };
  return { workflow: ONBOARD_NODE_WORKFLOW, profile, policy };
}
