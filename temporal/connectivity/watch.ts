/** The watch of a cluster's connectivity: started, asked, updated and signalled. */

import type { Client } from '@temporalio/client';
import {
  changePolicy,
  connectivityStatus,
  evaluateNow,
  pauseWatching,
  resumeWatching,
} from '../../contracts/connectivity/signals-and-queries.ts';
import {
  type ConnectivityPolicy,
  type ConnectivityStatus,
  type ConnectivityVerdict,
  WATCH_CONNECTIVITY_WORKFLOW,
  watchConnectivityWorkflowId,
} from '../../contracts/connectivity/watch-connectivity.ts';
import { askWorkflow } from '../ask-workflow.ts';
import { answerOf, askStatus, isRunning, type StatusAnswer, type UpdateAnswer } from '../perpetual.ts';
import { inTime, isTaken } from '../requests.ts';
import { startWithoutAttributes } from '../start-without-attributes.ts';
import { connectivityStartOptions } from './start.ts';

/** All of them throw when Temporal does not answer in time. */
export interface ConnectivityWatch {
  /** Adds no event where it runs; starts it again where it was cancelled, terminated or failed. */
  ensure(policy: ConnectivityPolicy): Promise<void>;
  isRunning(): Promise<boolean>;
  /** Throws also where no worker answers. */
  policy(): Promise<ConnectivityPolicy>;
  changePolicy(policy: ConnectivityPolicy): Promise<void>;
  ask(): Promise<StatusAnswer<ConnectivityStatus>>;
  /** Asks the collector through the running watch; refused with the reason where that gives no verdict. */
  evaluateNow(): Promise<UpdateAnswer<ConnectivityVerdict>>;
  /** False where no watch runs. */
  pause(reason: string | null): Promise<boolean>;
  resume(): Promise<boolean>;
}

/** An evaluation may take ten seconds, and one that is under way is waited for. */
const UPDATE_TIMEOUT_MS = 30_000;

export function connectivityWatchOf(client: Client, cluster: string): ConnectivityWatch {
  const workflowId = watchConnectivityWorkflowId(cluster);
  const handle = client.workflow.getHandle(workflowId);
  return {
    async ensure(policy) {
      await startWithoutAttributes(connectivityStartOptions({ cluster, policy }), (given) =>
        inTime(client, () => client.workflow.start(WATCH_CONNECTIVITY_WORKFLOW, given)),
      );
    },
    isRunning: () => isRunning(client, workflowId),
    policy: async () => (await inTime(client, () => askWorkflow(() => handle.query(connectivityStatus)))).policy,
    changePolicy: (policy) => inTime(client, () => handle.signal(changePolicy, policy)),
    ask: () => askStatus(client, workflowId, connectivityStatus),
    evaluateNow: () => answerOf(inTime(client, () => handle.executeUpdate(evaluateNow), UPDATE_TIMEOUT_MS)),
    pause: (reason) => isTaken(inTime(client, () => handle.signal(pauseWatching, reason === null ? {} : { reason }))),
    resume: () => isTaken(inTime(client, () => handle.signal(resumeWatching))),
  };
}
