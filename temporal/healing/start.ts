/** How a heal is started, by the starter and by people alike. */

import { WorkflowIdConflictPolicy } from '@temporalio/client';
import type { HealNodeInput } from '../../contracts/healing/heal-node.ts';
import type { HealPlan } from '../../contracts/healing/heal-plan.ts';
import { healNodeWorkflowId, ONBOARD_NODE_WORKFLOW, onboardNodeWorkflowId } from '../../contracts/healing/names.ts';
import type { OnboardNodeInput } from '../../contracts/healing/onboard-node.ts';
import { taskQueue } from '../../contracts/names.ts';
import { STATE_MEMO, VIGILANTE_CLUSTER, VIGILANTE_NODE, VIGILANTE_STATE } from '../../contracts/search-attributes.ts';
import { describeHeal, type HealTarget, summarizeHeal } from './messages.ts';

const STATE = 'healing';

/** A start adds no event where the heal runs. `annotation` is only shown in the details. */
export function healStartOptions(target: HealTarget, plan: HealPlan, annotation: string) {
  const { cluster, node } = target;
  const searchAttributes = [
    { key: VIGILANTE_CLUSTER, value: cluster },
    { key: VIGILANTE_NODE, value: node },
    { key: VIGILANTE_STATE, value: STATE },
  ];
  const { workflowId, input } = runOf(target, plan);
  return {
    workflowId,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue: taskQueue(cluster),
    args: [input],
    staticSummary: summarizeHeal(target),
    staticDetails: describeHeal(target, plan, annotation),
    ...(plan.policy.searchAttributes ? { typedSearchAttributes: searchAttributes, memo: { [STATE_MEMO]: STATE } } : {}),
  };
}

function runOf(
  { cluster, node }: HealTarget,
  plan: HealPlan,
): { readonly workflowId: string; readonly input: HealNodeInput | OnboardNodeInput } {
  if (plan.workflow !== ONBOARD_NODE_WORKFLOW) {
    return { workflowId: healNodeWorkflowId({ cluster, node }), input: { cluster, node, policy: plan.policy } };
  }
  const { profile, policy } = plan;
  return {
    workflowId: onboardNodeWorkflowId({ cluster, node, profile }),
    // As old as may be: a worker of an earlier release can then go on with the heal.
    input: { v: policy.early === undefined && policy.taint === undefined ? 1 : 2, cluster, node, profile, policy },
  };
}
