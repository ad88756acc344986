/** The guard of a cluster's maintenance: started, asked and signalled. */

import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import type {
  AskSlotPayload,
  BudgetStatus,
  PauseMaintenancePayload,
  ResumeMaintenancePayload,
  ReturnSlotPayload,
} from '../../contracts/maintenance/guard-maintenance.ts';
import { GUARD_MAINTENANCE_WORKFLOW, guardMaintenanceWorkflowId } from '../../contracts/maintenance/names.ts';
import {
  askSlot,
  budgetStatus,
  pauseMaintenance,
  resumeMaintenance,
  returnSlot,
} from '../../contracts/maintenance/signals-and-queries.ts';
import { maintenanceTaskQueue } from '../../contracts/names.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import { answerOf, askStatus, isRunning, KEPT_RUNNING, type StatusAnswer, type UpdateAnswer } from '../perpetual.ts';
import { inTime } from '../requests.ts';

/** All of them throw when Temporal does not answer in time. */
export interface MaintenanceGuard {
  /** Adds no event where it runs; starts it again where it was cancelled, terminated or failed. */
  ensure(): Promise<void>;
  isRunning(): Promise<boolean>;
  /** Starts the guard where none runs. */
  ask(asked: AskSlotPayload): Promise<void>;
  giveBack(returned: ReturnSlotPayload): Promise<void>;
  /** Whether the guard that runs knows a slot of this node. Throws where no maintainer answers. */
  knows(node: NodeRef): Promise<boolean>;
  status(): Promise<StatusAnswer<BudgetStatus>>;
  pause(payload: PauseMaintenancePayload): Promise<UpdateAnswer<unknown>>;
  resume(payload: ResumeMaintenancePayload): Promise<UpdateAnswer<unknown>>;
}

const UPDATE_TIMEOUT_MS = 10_000;

export function maintenanceGuardOf(client: Client, cluster: string): MaintenanceGuard {
  const workflowId = guardMaintenanceWorkflowId(cluster);
  const start = {
    workflowId,
    ...KEPT_RUNNING,
    taskQueue: maintenanceTaskQueue(cluster),
    args: [{ cluster }],
    staticSummary: `Guard the maintenance budget of ${cluster}`,
    staticDetails: `Gives the slots for maintenance of the nodes of **${cluster}**. The query \`budgetStatus\` has who is in work and who waits for what; \`pauseMaintenance\` and \`resumeMaintenance\` steer it. One that is terminated is started again, and knows by the marks of the nodes what is in work.`,
  };

  const status = () => askStatus(client, workflowId, budgetStatus);

  function steer(
    update: typeof pauseMaintenance | typeof resumeMaintenance,
    payload: PauseMaintenancePayload | ResumeMaintenancePayload,
  ): Promise<UpdateAnswer<unknown>> {
    const startWorkflowOperation = new WithStartWorkflowOperation(GUARD_MAINTENANCE_WORKFLOW, start);
    const updateWithStart = () =>
      client.workflow.executeUpdateWithStart(update.name, { args: [payload], startWorkflowOperation });
    return answerOf(inTime(client, updateWithStart, UPDATE_TIMEOUT_MS));
  }

  return {
    async ensure() {
      await inTime(client, () => client.workflow.start(GUARD_MAINTENANCE_WORKFLOW, start));
    },
    isRunning: () => isRunning(client, workflowId),
    async ask(asked) {
      const signal = { ...start, signal: askSlot, signalArgs: [asked] as [AskSlotPayload] };
      await inTime(client, () => client.workflow.signalWithStart(GUARD_MAINTENANCE_WORKFLOW, signal));
    },
    async giveBack(returned) {
      const signal = { ...start, signal: returnSlot, signalArgs: [returned] as [ReturnSlotPayload] };
      await inTime(client, () => client.workflow.signalWithStart(GUARD_MAINTENANCE_WORKFLOW, signal));
    },
    async knows({ name, uid }) {
      const answer = await status();
      if (answer.kind === 'silent') throw new Error('no maintainer answers for the guard of maintenance');
      if (answer.kind === 'not-running') return false;
      return answer.status.slots.some(({ node }) => node.name === name && node.uid === uid);
    },
    status,
    pause: (payload) => steer(pauseMaintenance, payload),
    resume: (payload) => steer(resumeMaintenance, payload),
  };
}
