/** The watch of the connectivity as Temporal knows it: starts, asks and signals it. */

import { type ConnectionLike, WorkflowNotFoundError } from '@temporalio/client';
import { changePolicy, connectivityStatus } from '../../contracts/connectivity/signals-and-queries.ts';
import {
  WATCH_CONNECTIVITY_WORKFLOW,
  watchConnectivityWorkflowId,
} from '../../contracts/connectivity/watch-connectivity.ts';
import { askWorkflow } from '../../runtime/ask-workflow.ts';
import { connectivityStartOptions } from '../../runtime/connectivity-start.ts';
import { startWithoutAttributes } from '../../runtime/start-without-attributes.ts';
import { temporalClient } from '../../runtime/temporal-client.ts';
import { TEMPORAL_REQUEST_TIMEOUT_MS } from '../../runtime/temporal-errors.ts';
import type { ConnectivityWatch } from './watch-keeper.ts';

/** All of them throw when Temporal does not answer in ten seconds. */
export function connectivityWatchOf(connection: ConnectionLike, namespace: string, cluster: string): ConnectivityWatch {
  const client = temporalClient(connection, namespace);
  const handle = client.workflow.getHandle(watchConnectivityWorkflowId(cluster));
  const inTime = <T>(run: () => Promise<T>) => client.withDeadline(Date.now() + TEMPORAL_REQUEST_TIMEOUT_MS, run);
  return {
    async ensure(policy) {
      const options = connectivityStartOptions({ cluster, policy });
      await startWithoutAttributes(options, (given) =>
        inTime(() => client.workflow.start(WATCH_CONNECTIVITY_WORKFLOW, given)),
      );
    },
    async isRunning() {
      try {
        return (await inTime(() => handle.describe())).status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
    policy: async () => (await inTime(() => askWorkflow(() => handle.query(connectivityStatus)))).policy,
    changePolicy: (policy) => inTime(() => handle.signal(changePolicy, policy)),
  };
}
