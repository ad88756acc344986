/** The keeper of the watch against a real Temporal and the real workflow. */

import { beforeAll, expect, test } from '@jest/globals';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { loadConfig } from '../../../config/load.ts';
import { connectivityPolicy } from '../../../config/policies/connectivity.ts';
import { connectivityStatus, pauseWatching } from '../../../contracts/connectivity/signals-and-queries.ts';
import {
  type ConnectivityPolicy,
  watchConnectivityWorkflowId,
} from '../../../contracts/connectivity/watch-connectivity.ts';
import { taskQueue } from '../../../contracts/names.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { createConnectivityKeeper } from '../../../starter/connectivity/watch-keeper.ts';
import { temporalClient } from '../../../temporal/client.ts';
import { type ConnectivityWatch, connectivityWatchOf } from '../../../temporal/connectivity/watch.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { silentLog } from '../runtime/temporal-server.ts';
import { useTemporalServer } from '../runtime/use-temporal-server.ts';
import { createConnectivityWorld } from '../watch-connectivity/world.ts';

const UNTIL = { timeoutMs: 120_000, pollMs: 50 };
const POLICY = connectivityPolicy(loadConfig({ env: {} }));

const temporal = useTemporalServer({ searchAttributes: true });
let bundle: WorkflowBundleWithSourceMap;
beforeAll(async () => {
  bundle = await bundleWorkflows(new DefaultLogger('ERROR'));
});

function handleOf(cluster: string): WorkflowHandle {
  return new Client({ connection: temporal.connection }).workflow.getHandle(watchConnectivityWorkflowId(cluster));
}

function watchOf(cluster: string): ConnectivityWatch {
  return connectivityWatchOf(temporalClient(temporal.connection, temporal.server.profile.namespace), cluster);
}

/** Runs a keeper while `body` runs. */
async function keeping<T>(
  cluster: string,
  options: { policy?: ConnectivityPolicy; enabled?: boolean },
  body: () => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const keeper = createConnectivityKeeper({
    watch: watchOf(cluster),
    enabled: options.enabled ?? true,
    policy: options.policy ?? POLICY,
    log: silentLog,
    intervalMs: 100,
  });
  const running = keeper.run(stop.signal);
  try {
    return await body();
  } finally {
    stop.abort();
    await running;
  }
}

async function withWorker<T>(cluster: string, body: () => Promise<T>): Promise<T> {
  const worker = await Worker.create({
    connection: temporal.connection,
    activities: { ...createConnectivityWorld(async () => Date.now()).activities },
    taskQueue: taskQueue(cluster),
    workflowBundle: bundle,
  });
  return worker.runUntil(body);
}

async function untilRunning(cluster: string, isRight: (runId: string) => boolean = () => true): Promise<string> {
  return waitUntil(
    async () => {
      const found = await handleOf(cluster)
        .describe()
        .catch(() => null);
      return found?.status.name === 'RUNNING' && isRight(found.runId) ? found.runId : null;
    },
    { what: 'the watch to run', ...UNTIL },
  );
}

test('starts it with all that the UI shows; two keepers, again and again, add no event to it', async () => {
  await keeping('kept', {}, () =>
    keeping('kept', {}, async () => {
      const runId = await untilRunning('kept');
      const watch = watchOf('kept');
      for (let count = 0; count < 5; count += 1) await watch.ensure(POLICY);
      const description = await handleOf('kept').describe();
      expect(description).toMatchObject({ runId, type: 'watchConnectivity', taskQueue: 'vigilante/kept' });
      expect(description.searchAttributes).toEqual(
        expect.objectContaining({ VigilanteCluster: ['kept'], VigilanteState: ['unknown'] }),
      );
      expect(await description.staticSummary()).toBe('Watch the connectivity of the agents of kept');
      expect(await description.staticDetails()).toMatch(/every 1m.*after 3 bad verdicts.*pauseWatching/s);
      // No worker runs: started, and its first task scheduled.
      expect((await handleOf('kept').fetchHistory()).events).toHaveLength(2);
    }),
  );
});

test('starts it again where it was cancelled or terminated, also in the middle of a pause', async () => {
  await withWorker('again', () =>
    keeping('again', {}, async () => {
      const first = await untilRunning('again');
      await handleOf('again').cancel();
      const second = await untilRunning('again', (runId) => runId !== first);
      await handleOf('again').signal(pauseWatching);
      await handleOf('again').terminate();
      const third = await untilRunning('again', (runId) => runId !== second && runId !== first);
      expect(third).not.toBe(second);
    }),
  );
});

test('a changed configuration reaches the running watch when a starter begins, also where the worker comes later', async () => {
  await keeping('changed', {}, () => untilRunning('changed'));
  const policy = { ...POLICY, failuresToAlarm: 9, restartHealing: true };
  await keeping('changed', { policy }, async () => {
    await withWorker('changed', async () => {
      const present = async () => (await handleOf('changed').query(connectivityStatus)).policy;
      await waitUntil(async () => (await present()).failuresToAlarm === 9, { what: 'the policy', ...UNTIL });
      expect(await present()).toEqual(policy);
      const signals = ((await handleOf('changed').fetchHistory()).events ?? []).filter(
        (event) => event.workflowExecutionSignaledEventAttributes,
      );
      expect(signals).toHaveLength(1);
    });
  });
});

test('where it is switched off none is started, and a running one is left alone', async () => {
  const watch = watchOf('off');
  expect(await watch.isRunning()).toBe(false);
  // A keeper that is stopped ends its turn first.
  await keeping('off', { enabled: false }, async () => undefined);
  expect(await watch.isRunning()).toBe(false);
  await watch.ensure(POLICY);
  await keeping('off', { enabled: false }, async () => undefined);
  expect(await watch.isRunning()).toBe(true);
});
