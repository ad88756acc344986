/** The guard of a cluster's maintenance: started, asked and signalled. */

import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
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
import { messageOf } from '../../domain/error-message.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import { askWorkflow } from '../ask-workflow.ts';
import { inTime, isNoAnswer, nullWhereNotFound } from '../requests.ts';

export type GuardAnswer =
  | { readonly kind: 'status'; readonly status: BudgetStatus }
  /** It runs, but no maintainer answers for it. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'not-running' };

export type SteerAnswer = { readonly kind: 'taken' } | { readonly kind: 'refused'; readonly message: string };

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
  status(): Promise<GuardAnswer>;
  pause(payload: PauseMaintenancePayload): Promise<SteerAnswer>;
  resume(payload: ResumeMaintenancePayload): Promise<SteerAnswer>;
}

/** A maintainer answers in milliseconds; without one the server waits for us to give up. */
const QUERY_TIMEOUT_MS = 3_000;
const UPDATE_TIMEOUT_MS = 10_000;

export function maintenanceGuardOf(client: Client, cluster: string): MaintenanceGuard {
  const workflowId = guardMaintenanceWorkflowId(cluster);
  const handle = client.workflow.getHandle(workflowId);
  const start = {
    workflowId,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue: maintenanceTaskQueue(cluster),
    args: [{ cluster }],
    staticSummary: `Guard the maintenance budget of ${cluster}`,
    staticDetails: `Gives the slots for maintenance of the nodes of **${cluster}**. The query \`budgetStatus\` has who is in work and who waits for what; \`pauseMaintenance\` and \`resumeMaintenance\` steer it. One that is terminated is started again, and knows by the marks of the nodes what is in work.`,
  };
  const describe = () => nullWhereNotFound(inTime(client, () => handle.describe()));
  const query = () => askWorkflow(() => handle.query(budgetStatus));

  async function steer(
    update: typeof pauseMaintenance | typeof resumeMaintenance,
    payload: PauseMaintenancePayload | ResumeMaintenancePayload,
  ): Promise<SteerAnswer> {
    const startWorkflowOperation = new WithStartWorkflowOperation(GUARD_MAINTENANCE_WORKFLOW, start);
    try {
      await inTime(
        client,
        () =>
          client.workflow.executeUpdateWithStart(update.name, {
            args: [payload],
            startWorkflowOperation,
          }),
        UPDATE_TIMEOUT_MS,
      );
      return { kind: 'taken' };
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError) {
        return { kind: 'refused', message: messageOf(error.cause ?? error) };
      }
      if (isNoAnswer(error)) return { kind: 'refused', message: 'no maintainer answers' };
      throw error;
    }
  }

  return {
    async ensure() {
      await inTime(client, () => client.workflow.start(GUARD_MAINTENANCE_WORKFLOW, start));
    },
    isRunning: async () => (await describe())?.status.name === 'RUNNING',
    async ask(asked) {
      const signal = { ...start, signal: askSlot, signalArgs: [asked] as [AskSlotPayload] };
      await inTime(client, () => client.workflow.signalWithStart(GUARD_MAINTENANCE_WORKFLOW, signal));
    },
    async giveBack(returned) {
      const signal = { ...start, signal: returnSlot, signalArgs: [returned] as [ReturnSlotPayload] };
      await inTime(client, () => client.workflow.signalWithStart(GUARD_MAINTENANCE_WORKFLOW, signal));
    },
    async knows({ name, uid }) {
      // A query of a workflow that was terminated is answered from its past.
      if ((await describe())?.status.name !== 'RUNNING') return false;
      const { slots } = await inTime(client, query, QUERY_TIMEOUT_MS);
      return slots.some(({ node }) => node.name === name && node.uid === uid);
    },
    async status() {
      if ((await describe())?.status.name !== 'RUNNING') return { kind: 'not-running' };
      try {
        return { kind: 'status', status: await inTime(client, query, QUERY_TIMEOUT_MS) };
      } catch (error) {
        if (!isNoAnswer(error)) throw error;
        return { kind: 'silent' };
      }
    },
    pause: (payload) => steer(pauseMaintenance, payload),
    resume: (payload) => steer(resumeMaintenance, payload),
  };
}
