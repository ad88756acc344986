/** Who takes work from the queue of a cluster's maintainers, as Temporal knows it. */

import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { maintenanceTaskQueue } from '../../contracts/names.ts';
import { inTime } from '../requests.ts';

const WORKFLOW_TASKS = proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW;

/**
 * When somebody last asked for work there, in milliseconds since 1970; null where nobody has within five minutes, after
 * which Temporal forgets it. Throws when Temporal does not answer in time.
 */
export async function lastPollMs(client: Client, namespace: string, cluster: string): Promise<number | null> {
  const { pollers } = await inTime(client, () =>
    client.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: maintenanceTaskQueue(cluster) },
      taskQueueType: WORKFLOW_TASKS,
    }),
  );
  const times = (pollers ?? []).flatMap(({ lastAccessTime }) =>
    lastAccessTime === null || lastAccessTime === undefined ? [] : [Number(lastAccessTime.seconds ?? 0) * 1_000],
  );
  return times.length === 0 ? null : Math.max(...times);
}
