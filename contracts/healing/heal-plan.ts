/** How the heal of a node is run: by which workflow, with which policy. */

import type { HealingPolicy } from './heal-node.ts';
import type { HEAL_NODE_WORKFLOW, ONBOARD_NODE_WORKFLOW } from './names.ts';
import type { OnboardingPolicy } from './onboard-node.ts';

/** `onboardNode` where pods are waited for; else `healNode`, which every worker knows (E45). */
export type HealPlan =
  | { readonly workflow: typeof HEAL_NODE_WORKFLOW; readonly policy: HealingPolicy }
  | { readonly workflow: typeof ONBOARD_NODE_WORKFLOW; readonly profile: string; readonly policy: OnboardingPolicy };
