/** The watch of a cluster's reboots: started, asked and signalled. */

import { type Client, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import {
  type RebootStatus,
  rebootStatus,
  WATCH_REBOOTS_WORKFLOW,
  watchRebootsWorkflowId,
} from '../../contracts/maintenance/watch-reboots.ts';
import { maintenanceTaskQueue } from '../../contracts/names.ts';
import { askWorkflow } from '../ask-workflow.ts';
import { inTime, isNoAnswer, nullWhereNotFound } from '../requests.ts';

export type RebootsAnswer =
  | { readonly kind: 'status'; readonly status: RebootStatus }
  /** It runs, but no maintainer answers for it. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'not-running' };

/** All of them throw when Temporal does not answer in time. */
export interface RebootsWatch {
  /** Adds no event where it runs; starts it again where it was cancelled, terminated or failed. */
  ensure(): Promise<void>;
  status(): Promise<RebootsAnswer>;
}

/** A maintainer answers in milliseconds; without one the server waits for us to give up. */
const QUERY_TIMEOUT_MS = 3_000;

export function rebootsWatchOf(client: Client, cluster: string): RebootsWatch {
  const workflowId = watchRebootsWorkflowId(cluster);
  const handle = client.workflow.getHandle(workflowId);
  const start = {
    workflowId,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue: maintenanceTaskQueue(cluster),
    args: [{ cluster }],
    staticSummary: `Watch which nodes of ${cluster} need a reboot`,
    staticDetails: `Looks again and again which nodes of **${cluster}** need a reboot, and has them maintained one after the other. The query \`rebootStatus\` has who waits and why; \`pauseReboots\` and \`resumeReboots\` steer it.`,
  };
  return {
    async ensure() {
      await inTime(client, () => client.workflow.start(WATCH_REBOOTS_WORKFLOW, start));
    },
    async status() {
      const found = await nullWhereNotFound(inTime(client, () => handle.describe()));
      if (found?.status.name !== 'RUNNING') return { kind: 'not-running' };
      try {
        const ask = () => askWorkflow(() => handle.query(rebootStatus));
        return { kind: 'status', status: await inTime(client, ask, QUERY_TIMEOUT_MS) };
      } catch (error) {
        if (!isNoAnswer(error)) throw error;
        return { kind: 'silent' };
      }
    },
  };
}
