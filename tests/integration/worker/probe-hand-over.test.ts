/** A worker that ends while it waits for a pod hands the attempt on: the next worker finds the pod and judges it. */

import { expect, test } from '@jest/globals';
import { DefaultLogger } from '@temporalio/worker';
import { createOnboardingActivities } from '../../../activities/healing/onboarding-activities.ts';
import { loadConfig } from '../../../config/load.ts';
import { ACTIVITY_HEARTBEAT_TIMEOUT_MS } from '../../../contracts/activity-liveness.ts';
import { VERIFY_NODE_WORKFLOW, verifyNodeWorkflowId } from '../../../contracts/healing/names.ts';
import { taskQueue } from '../../../contracts/names.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { temporalClient } from '../../../temporal/client.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { POD_UID } from '../../fixtures/echo.ts';
import { foundPod, INPUT, NODE, probingWorld } from '../../fixtures/probing.ts';
import { useTemporalServer } from '../runtime/use-temporal-server.ts';
import { withWorkers } from './running-workers.ts';

const CLUSTER = 'handed-over';
const WAIT_MS = 120_000;

const temporal = useTemporalServer({ searchAttributes: false });

test('E11: SIGTERM hands an attempt over before a lost worker would be noticed, its pod waits, and none is made again', async () => {
  const { namespace } = temporal.server.profile;
  const client = temporalClient(temporal.connection, namespace);
  const world = probingWorld();
  world.isEndless = true;
  const parts = {
    config: loadConfig({ env: { VIGILANTE_CLUSTER: CLUSTER } }),
    connection: temporal.connection,
    namespace,
    onboarding: createOnboardingActivities([world.deps]),
    workflowBundle: await bundleWorkflows(new DefaultLogger('ERROR')),
  };
  const target = { cluster: CLUSTER, node: NODE.name, profile: 'snat' };
  const handle = await client.workflow.start(VERIFY_NODE_WORKFLOW, {
    workflowId: verifyNodeWorkflowId(target),
    taskQueue: taskQueue(CLUSTER),
    args: [{ v: 1, ...target, policy: INPUT.probe }],
  });

  const attemptOf = async () => (await handle.describe()).raw.pendingActivities?.[0]?.attempt ?? 0;
  let endedMs = 0;
  await withWorkers(parts, async () => {
    await waitUntil(() => world.calls.some((call) => call.startsWith('wait')), {
      what: 'the wait',
      timeoutMs: WAIT_MS,
    });
    expect(await attemptOf()).toBe(1);
    endedMs = performance.now();
  });
  await waitUntil(async () => (await attemptOf()) === 2, { what: 'the second try', timeoutMs: WAIT_MS });
  expect(performance.now() - endedMs).toBeLessThan(ACTIVITY_HEARTBEAT_TIMEOUT_MS);
  const first = ['observe', 'create 1', `wait ${POD_UID} 60000`];
  expect(world.calls).toEqual(first);

  world.isEndless = false;
  world.found = foundPod({ attempt: 1, run: handle.firstExecutionRunId });
  await withWorkers(parts, async () => {
    expect(await handle.result()).toMatchObject({ kind: 'judged', judgement: { level: 3 } });
  });
  expect(world.calls).toEqual([...first, 'find', ...COMMON]);
});

const COMMON = [`wait ${POD_UID} 60000`, `delete ${POD_UID}`];
