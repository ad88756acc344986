/** Lists the heals of a cluster from Temporal's visibility, which is some seconds late. */

import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import {
  HEAL_NODE_WORKFLOW,
  healIdPrefix,
  ONBOARD_NODE_WORKFLOW,
  SNAT_PROFILE,
} from '../../contracts/healing/names.ts';
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
  of: { cluster: string; profile?: string; running: boolean; countMax: number },
): Promise<WorkflowExecutionInfo[]> {
  const { cluster, profile = SNAT_PROFILE, running, countMax } = of;
  const status = running ? STATUS_QUERY.running : STATUS_QUERY.closed;
  const query = `WorkflowType IN ('${HEAL_NODE_WORKFLOW}', '${ONBOARD_NODE_WORKFLOW}') AND ${status} AND WorkflowId STARTS_WITH '${healIdPrefix({ cluster, profile })}'`;
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
