/** The watch of a cluster's privileges: started and asked. */

import type { Client } from '@temporalio/client';
import { evaluateNow, privilegesStatus } from '../../contracts/privileges/signals-and-queries.ts';
import {
  type PrivilegesReport,
  type PrivilegesStatus,
  WATCH_PRIVILEGES_WORKFLOW,
  type WatchPrivilegesInput,
  watchPrivilegesWorkflowId,
} from '../../contracts/privileges/watch-privileges.ts';
import { answerOf, askStatus, isRunning, type StatusAnswer, type UpdateAnswer } from '../perpetual.ts';
import { inTime } from '../requests.ts';
import { startWithoutAttributes } from '../start-without-attributes.ts';
import { privilegesStartOptions } from './start.ts';

/** All of them throw when Temporal does not answer in time. */
export interface PrivilegesWatch {
  /** Adds no event where it runs; starts it again where it was cancelled, terminated or failed. */
  ensure(input: Omit<WatchPrivilegesInput, 'cluster'>): Promise<void>;
  isRunning(): Promise<boolean>;
  ask(): Promise<StatusAnswer<PrivilegesStatus>>;
  /** Compares through the running watch; refused with the reason where there is no report. */
  evaluateNow(): Promise<UpdateAnswer<PrivilegesReport>>;
}

/** All pods of a large cluster are listed. */
const UPDATE_TIMEOUT_MS = 120_000;

export function privilegesWatchOf(client: Client, cluster: string): PrivilegesWatch {
  const workflowId = watchPrivilegesWorkflowId(cluster);
  const handle = client.workflow.getHandle(workflowId);
  return {
    async ensure(input) {
      await startWithoutAttributes(privilegesStartOptions({ cluster, ...input }), (given) =>
        inTime(client, () => client.workflow.start(WATCH_PRIVILEGES_WORKFLOW, given)),
      );
    },
    isRunning: () => isRunning(client, workflowId),
    ask: () => askStatus(client, workflowId, privilegesStatus),
    evaluateNow: () => answerOf(inTime(client, () => handle.executeUpdate(evaluateNow), UPDATE_TIMEOUT_MS)),
  };
}
