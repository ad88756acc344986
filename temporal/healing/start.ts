/** How a heal is started, by the starter and by people alike. */

import { WorkflowIdConflictPolicy } from '@temporalio/client';
import type { HealNodeInput } from '../../contracts/healing/heal-node.ts';
import { healNodeWorkflowId } from '../../contracts/healing/names.ts';
import { taskQueue } from '../../contracts/names.ts';
import { STATE_MEMO, VIGILANTE_CLUSTER, VIGILANTE_NODE, VIGILANTE_STATE } from '../../contracts/search-attributes.ts';
import { describeHeal, summarizeHeal } from './messages.ts';

const STATE = 'healing';

/** A start adds no event where the heal runs. `annotation` is only shown in the details. */
export function healStartOptions(input: HealNodeInput, annotation: string) {
  const { cluster, node, policy } = input;
  const searchAttributes = [
    { key: VIGILANTE_CLUSTER, value: cluster },
    { key: VIGILANTE_NODE, value: node },
    { key: VIGILANTE_STATE, value: STATE },
  ];
  return {
    workflowId: healNodeWorkflowId({ cluster, node }),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue: taskQueue(cluster),
    args: [input],
    staticSummary: summarizeHeal(input),
    staticDetails: describeHeal(input, annotation),
    ...(policy.searchAttributes ? { typedSearchAttributes: searchAttributes, memo: { [STATE_MEMO]: STATE } } : {}),
  };
}
