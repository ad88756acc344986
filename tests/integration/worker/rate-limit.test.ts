/** The rate of pod attempts is kept by the Temporal server, over all workers together, on the queue of the pods only. */

import { expect, test } from '@jest/globals';
import proto from '@temporalio/proto';
import { DefaultLogger } from '@temporalio/worker';

import { loadConfig } from '../../../config/load.ts';
import { podTaskQueue } from '../../../contracts/healing/names.ts';
import { taskQueue } from '../../../contracts/names.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { useTemporalServer } from '../runtime/use-temporal-server.ts';
import { withWorkers } from './running-workers.ts';

const { RateLimitSource, TaskQueueType } = proto.temporal.api.enums.v1;
const CLUSTER = 'limited';
const ATTEMPTS_PER_SECOND = 7;

const temporal = useTemporalServer({ searchAttributes: false });

async function rateLimitOf(queue: string) {
  const answer = await temporal.connection.workflowService.describeTaskQueue({
    namespace: temporal.server.profile.namespace,
    taskQueue: { name: queue },
    taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    reportConfig: true,
  });
  return { pollers: answer.pollers?.length ?? 0, limit: answer.effectiveRateLimit ?? null };
}

test('H16: the server limits the activities of the pods to healing.attemptsPerSecond, and no others', async () => {
  const config = loadConfig({ env: { VIGILANTE_CLUSTER: CLUSTER } });
  const parts = {
    config: { ...config, healing: { ...config.healing, attemptsPerSecond: ATTEMPTS_PER_SECOND } },
    connection: temporal.connection,
    namespace: temporal.server.profile.namespace,
    workflowBundle: await bundleWorkflows(new DefaultLogger('ERROR')),
  };
  await withWorkers(parts, async () => {
    const polled = async (queue: string) => {
      const state = await rateLimitOf(queue);
      return state.pollers > 0 ? state.limit : null;
    };
    const limit = await waitUntil(() => polled(podTaskQueue(CLUSTER)), { what: 'pollers', timeoutMs: 120_000 });
    expect(limit).toMatchObject({
      requestsPerSecond: ATTEMPTS_PER_SECOND,
      rateLimitSource: RateLimitSource.RATE_LIMIT_SOURCE_WORKER,
    });
    const other = await waitUntil(() => polled(taskQueue(CLUSTER)), { what: 'pollers', timeoutMs: 120_000 });
    expect(other.requestsPerSecond).toBeGreaterThan(1_000);
  });
});
