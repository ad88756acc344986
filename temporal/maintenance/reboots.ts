/** The watch of a cluster's reboots: started, asked and signalled. */

import type { Client } from '@temporalio/client';
import {
  type RebootStatus,
  rebootStatus,
  WATCH_REBOOTS_WORKFLOW,
  watchRebootsWorkflowId,
} from '../../contracts/maintenance/watch-reboots.ts';
import { maintenanceTaskQueue } from '../../contracts/names.ts';
import { askStatus, isRunning, KEPT_RUNNING, type StatusAnswer } from '../perpetual.ts';
import { inTime } from '../requests.ts';

/** All of them throw when Temporal does not answer in time. */
export interface RebootsWatch {
  /** Adds no event where it runs; starts it again where it was cancelled, terminated or failed. */
  ensure(): Promise<void>;
  isRunning(): Promise<boolean>;
  status(): Promise<StatusAnswer<RebootStatus>>;
}

export function rebootsWatchOf(client: Client, cluster: string): RebootsWatch {
  const workflowId = watchRebootsWorkflowId(cluster);
  const start = {
    workflowId,
    ...KEPT_RUNNING,
    taskQueue: maintenanceTaskQueue(cluster),
    args: [{ cluster }],
    staticSummary: `Watch which nodes of ${cluster} need a reboot`,
    staticDetails: `Looks again and again which nodes of **${cluster}** need a reboot, and has them maintained one after the other. The query \`rebootStatus\` has who waits and why; \`pauseReboots\` and \`resumeReboots\` steer it.`,
  };
  return {
    async ensure() {
      await inTime(client, () => client.workflow.start(WATCH_REBOOTS_WORKFLOW, start));
    },
    isRunning: () => isRunning(client, workflowId),
    status: () => askStatus(client, workflowId, rebootStatus),
  };
}
