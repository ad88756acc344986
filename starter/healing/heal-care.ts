/** What the plan of the heals asks of the starter beside their start. */

import type { HealPlan } from '../../contracts/healing/heal-plan.ts';
import { ONBOARD_NODE_WORKFLOW } from '../../contracts/healing/names.ts';
import { isToWatch } from '../../domain/healing/node-decision.ts';
import { type NodeFacts, needsHealing } from '../../domain/node/facts.ts';

export interface HealCare {
  /** A changed hint is signalled to heals that take one (E21). */
  readonly sendsHints: boolean;
  /** Marked nodes are watched for ever (E22). */
  readonly watchesAlways: boolean;
}

export const NO_CARE: HealCare = { sendsHints: false, watchesAlways: false };

export function careOf(plan: HealPlan): HealCare {
  const policy = plan.workflow === ONBOARD_NODE_WORKFLOW ? plan.policy : null;
  return { sendsHints: policy?.early !== undefined, watchesAlways: policy?.relapse?.watch === 'always' };
}

/** Whether a heal belongs to the node, or the watch of its mark. */
export function isCaredFor(facts: NodeFacts, { watchesAlways }: HealCare): boolean {
  return needsHealing(facts) || (watchesAlways && isToWatch(facts));
}
