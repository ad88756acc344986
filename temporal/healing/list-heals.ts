/** Lists the heals of a cluster from Temporal's visibility, which is some seconds late. */

import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { HEAL_NODE_WORKFLOW, healNodeWorkflowIdPrefix, ONBOARD_NODE_WORKFLOW } from '../../contracts/healing/names.ts';
import { inTime } from '../requests.ts';

const PAGE_SIZE = 500;
const LIST_TIMEOUT_MS = 60_000;

const STATUS_QUERY = {
  running: "ExecutionStatus = 'Running'",
  closed: "ExecutionStatus != 'Running' AND ExecutionStatus != 'ContinuedAsNew'",
} as const;

/** Newest first, as Temporal orders them, and at most `countMax`. By the id, which needs no search attribute of ours. */
export async function listHeals(
  client: Client,
  { cluster, running, countMax }: { cluster: string; running: boolean; countMax: number },
): Promise<WorkflowExecutionInfo[]> {
  const status = running ? STATUS_QUERY.running : STATUS_QUERY.closed;
  const query = `WorkflowType IN ('${HEAL_NODE_WORKFLOW}', '${ONBOARD_NODE_WORKFLOW}') AND ${status} AND WorkflowId STARTS_WITH '${healNodeWorkflowIdPrefix(cluster)}'`;
  const found: WorkflowExecutionInfo[] = [];
  await inTime(
    client,
    async () => {
      for await (const execution of client.workflow.list({ query, pageSize: PAGE_SIZE })) {
        found.push(execution);
        if (found.length >= countMax) break;
      }
    },
    LIST_TIMEOUT_MS,
  );
  return found;
}
