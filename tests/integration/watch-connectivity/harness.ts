/** Runs the built bundle's `watchConnectivity` on the real time-skipping server, with a scripted world. */

import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { connectivityStatus } from '../../../contracts/connectivity/signals-and-queries.ts';
import {
  type ConnectivityPolicy,
  type ConnectivityStatus,
  WATCH_CONNECTIVITY_WORKFLOW,
  type WatchConnectivityInput,
  watchConnectivityWorkflowId,
} from '../../../contracts/connectivity/watch-connectivity.ts';
import { taskQueue } from '../../../contracts/names.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { patchActivation } from '../../../temporal/worker/patch-activation.ts';
import type { Harness } from '../heal-node/harness.ts';
import { type ConnectivityWorld, createConnectivityWorld } from './world.ts';

export const INTERVAL_MS = 60_000;

export const WATCH_POLICY: ConnectivityPolicy = {
  intervalMs: INTERVAL_MS,
  failuresToAlarm: 3,
  restartHealing: false,
  searchAttributes: true,
};

const QUICK = { timeoutMs: 120_000, pollMs: 20 };
const { EventType } = proto.temporal.api.enums.v1;
/** Last events of a history in which nothing is under way. */
const IDLE_AFTER = [
  EventType.EVENT_TYPE_TIMER_STARTED,
  EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
  EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
  EventType.EVENT_TYPE_TIMER_CANCELED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED,
];

export interface Watch {
  readonly world: ConnectivityWorld;
  readonly handle: WorkflowHandle;
  readonly input: WatchConnectivityInput;
  status(): Promise<ConnectivityStatus>;
  /** Lets time pass until so many due evaluations were counted. */
  evaluated(count: number): Promise<ConnectivityStatus>;
}

export async function withWatch<T>(
  { env, bundle }: Harness,
  options: {
    readonly policy?: Partial<ConnectivityPolicy>;
    readonly prepare?: (world: ConnectivityWorld) => void;
  },
  body: (watch: Watch) => Promise<T>,
): Promise<T> {
  const cluster = `test-${randomUUID().slice(0, 8)}`;
  const world = createConnectivityWorld(() => env.currentTimeMs());
  options.prepare?.(world);
  const input: WatchConnectivityInput = { cluster, policy: { ...WATCH_POLICY, ...options.policy } };
  const worker = await Worker.create({
    connection: env.nativeConnection,
    activities: { ...world.activities },
    taskQueue: taskQueue(cluster),
    workflowBundle: bundle,
    patchActivationCallback: patchActivation(() => true),
  });
  return worker.runUntil(async () => {
    const handle = await env.client.workflow.start(WATCH_CONNECTIVITY_WORKFLOW, {
      workflowId: watchConnectivityWorkflowId(cluster),
      taskQueue: taskQueue(cluster),
      args: [input],
    });
    const status = () => handle.query(connectivityStatus);
    const evaluated = async (count: number) => {
      for (;;) {
        await idle(handle);
        const found = await status();
        if (found.evaluations >= count) return found;
        const dueMs = found.nextEvaluationMs ?? 0;
        await env.sleep(Math.max(1, dueMs - (await env.currentTimeMs())));
        await waitUntil(async () => world.askedMs.length > 0 && (world.askedMs.at(-1) ?? 0) >= dueMs, {
          what: `evaluation ${found.evaluations + 1}`,
          ...QUICK,
        });
      }
    };
    try {
      return await body({ world, handle, input, status, evaluated });
    } finally {
      await env.client.workflow
        .getHandle(handle.workflowId)
        .terminate()
        .catch(() => undefined);
    }
  });
}

/**
 * Until nothing is under way but a timer. The history is asked, not the watch: a query is a task of its own on this
 * server, and queries amid other tasks were seen to stop its skipping of time.
 */
async function idle(handle: WorkflowHandle): Promise<void> {
  const isIdle = async () => {
    const events = (await handle.fetchHistory()).events ?? [];
    const { eventType } = events.at(-1) ?? {};
    const asked = events.some((event) => event.activityTaskCompletedEventAttributes);
    return asked && IDLE_AFTER.some((type) => type === eventType);
  };
  await waitUntil(isIdle, { what: 'the watch to be idle', ...QUICK });
}
