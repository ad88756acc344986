/** Starts a heal by hand, as the starter does by itself. */

import type { Client, WorkflowHandle } from '@temporalio/client';

import type { HealingPolicy } from '../../../contracts/healing/heal-node.ts';
import { HEAL_NODE_WORKFLOW, healNodeWorkflowId } from '../../../contracts/healing/names.ts';
import { taskQueue } from '../../../contracts/names.ts';
import { nodeName } from '../../fixtures/nodes.ts';

export async function startHeal(
  client: Client,
  heal: { readonly cluster: string; readonly node: string; readonly policy: HealingPolicy },
): Promise<WorkflowHandle> {
  const { cluster, policy } = heal;
  const node = nodeName(heal.node);
  return client.workflow.start(HEAL_NODE_WORKFLOW, {
    workflowId: healNodeWorkflowId({ cluster, node }),
    taskQueue: taskQueue(cluster),
    args: [{ cluster, node, policy }],
  });
}
