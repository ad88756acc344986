/** The activities of the guard for nodes in memory: signals go to the real workflows. */

import type { Client } from '@temporalio/client';
import type { MaintenanceActivities } from '../../../contracts/maintenance/activities.ts';
import {
  GUARD_MAINTENANCE_WORKFLOW,
  guardMaintenanceWorkflowId,
  MAINTAIN_NODE_WORKFLOW,
  maintainNodeWorkflowId,
} from '../../../contracts/maintenance/names.ts';
import { askSlot, budgetStatus, returnSlot, slotGranted } from '../../../contracts/maintenance/signals-and-queries.ts';
import { maintenanceTaskQueue } from '../../../contracts/names.ts';
import type { NodeFactsForMaintenance } from '../../../domain/maintenance/facts.ts';
import type { NodeName, NodeRef } from '../../../domain/node/identity.ts';
import { countedNode, type SeenNode, type SurveyRules, survey } from '../../fixtures/maintenance.ts';
import { nodeName } from '../../fixtures/nodes.ts';

export interface GuardedWorld {
  readonly nodes: ReadonlyMap<string, NodeFactsForMaintenance>;
  /** Null: each slot is granted without a guard. */
  readonly budget: SurveyRules | null;
}

export type GuardActivity = 'askSlot' | 'returnSlot' | 'surveyCluster' | 'recoverNode' | 'wakeMaintenances';

export function guardActivities(
  world: GuardedWorld,
  client: Client,
  cluster: string,
): Pick<MaintenanceActivities, GuardActivity> {
  const guard = { workflowId: guardMaintenanceWorkflowId(cluster), taskQueue: maintenanceTaskQueue(cluster) };
  const signalGuard = { ...guard, args: [{ cluster }] as [{ cluster: string }] };
  return {
    async askSlot({ node, workflow, group, purpose, stage, drains }) {
      const asked = { node, workflow, group, purpose, stage, drains };
      if (world.budget === null) {
        await client.workflow.getHandle(asked.workflow).signal(slotGranted, { stage: asked.stage, reasons: [] });
        return;
      }
      const start = { ...signalGuard, signal: askSlot, signalArgs: [asked] as [typeof asked] };
      await client.workflow.signalWithStart(GUARD_MAINTENANCE_WORKFLOW, start);
    },
    async returnSlot({ cluster: _guarded, purpose: _purpose, isNews: _isNews, steps: _steps, ...returned }) {
      if (world.budget === null) return;
      const start = { ...signalGuard, signal: returnSlot, signalArgs: [returned] as [typeof returned] };
      await client.workflow.signalWithStart(GUARD_MAINTENANCE_WORKFLOW, start);
    },
    async surveyCluster({ slots, requests }) {
      if (world.budget === null) throw new Error('the world has no budget');
      const seen = await Promise.all([...world.nodes].map((entry) => seenNode(client, cluster, entry)));
      const whole = survey(seen, world.budget, slots);
      const asked = requests.map(({ node }) => node);
      const isOf = ({ name, mark }: { name: NodeName; mark: unknown }) =>
        slots.includes(name) || asked.includes(name) || mark !== null;
      return { ...whole, nodes: whole.nodes.filter(isOf) };
    },
    async recoverNode(input) {
      await client.workflow.start(MAINTAIN_NODE_WORKFLOW, {
        workflowId: maintainNodeWorkflowId({ cluster, node: input.node.name }),
        taskQueue: maintenanceTaskQueue(cluster),
        workflowIdConflictPolicy: 'USE_EXISTING',
        args: [input],
      });
    },
    // This server has no visibility.
    wakeMaintenances: async () => undefined,
  };
}

async function seenNode(
  client: Client,
  cluster: string,
  [name, node]: readonly [string, NodeFactsForMaintenance],
): Promise<SeenNode> {
  const { uid, zone, ready, unschedulable, mark } = node;
  const workflowId = maintainNodeWorkflowId({ cluster, node: nodeName(name) });
  const status = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => null);
  const workflow = status?.status.name === 'RUNNING' ? 'running' : 'closed';
  return { ...countedNode(name), uid, zone, ready, readyChangedMs: null, unschedulable, mark, workflow };
}

/** Whether the guard knows the slot, as the maintainer asks it before it marks a node. */
export async function hasSlot(client: Client, cluster: string, { name }: NodeRef): Promise<boolean> {
  const status = await client.workflow.getHandle(guardMaintenanceWorkflowId(cluster)).query(budgetStatus);
  return status.slots.some(({ node }) => node.name === name);
}
