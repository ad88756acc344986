/** The thread of the workflows: what is bounded there, and what is not kept. */

import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import { Client, type WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { GuardedWorker } from '../../../temporal/worker/guarded-worker.ts';
import { startWorkflowThread } from '../../../temporal/worker/workflow-thread-client.ts';
import { useTemporalServer } from '../runtime/use-temporal-server.ts';

const { EventType } = proto.temporal.api.enums.v1;
type EventTypeValue = proto.temporal.api.history.v1.IHistoryEvent['eventType'];
const WAIT_MS = 120_000;
const ACTIVATION_MAX_MS = 500;
const PATIENCE_MS = 500;

const temporal = useTemporalServer({ searchAttributes: false });
let client: Client;
let workflowBundle: WorkflowBundleWithSourceMap;
beforeAll(async () => {
  const workflowsPath = fileURLToPath(new URL('looping-workflows.ts', import.meta.url));
  workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  client = new Client({ connection: temporal.connection });
});

/** A worker with bounds that are much narrower than those of the product. */
function boundedWorker(bounds: { readonly isolateExecutionTimeoutMs?: number; readonly patienceMs?: number }) {
  return class extends GuardedWorker {
    protected static override async createWorkflowCreator(
      ...[bundle, options, logger]: Parameters<(typeof GuardedWorker)['createWorkflowCreator']>
    ) {
      return startWorkflowThread(bundle, { ...options, logger, ...bounds });
    }
  };
}

test('a workflow that never stops looping fails its task, and the thread goes on with the others', async () => {
  const taskQueue = randomUUID();
  const looping = await start('loopAtOnce', taskQueue);
  await withWorker(boundedWorker({ isolateExecutionTimeoutMs: ACTIVATION_MAX_MS }), taskQueue, async () => {
    await untilEvent(looping, EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED);
    expect(await (await start('answer', taskQueue)).result()).toBe('answered');
  });
  await looping.terminate();
});

test('a worker whose thread hangs in a replay ends, so that it is started again', async () => {
  const taskQueue = randomUUID();
  const looping = await start('loopInReplay', taskQueue);
  await withWorker(GuardedWorker, taskQueue, () => untilEvent(looping, EventType.EVENT_TYPE_TIMER_FIRED, 2));
  const worker = await createWorker(boundedWorker({ patienceMs: PATIENCE_MS }), taskQueue);
  const ended = expect(worker.run()).rejects.toThrow('Workflow Worker Thread exited');
  await expect(looping.query('anything')).rejects.toThrow();
  await ended;
  await looping.terminate();
});

test('the stacks of promises are not kept: the Call Stack of the Temporal UI says so', async () => {
  const taskQueue = randomUUID();
  const looping = await start('loopInReplay', taskQueue);
  await withWorker(GuardedWorker, taskQueue, async () => {
    await untilEvent(looping, EventType.EVENT_TYPE_TIMER_FIRED, 2);
    await expect(looping.query('__stack_trace')).rejects.toThrow('stack traces are not enabled');
  });
  await looping.terminate();
});

async function start(type: string, taskQueue: string): Promise<WorkflowHandle> {
  return client.workflow.start(type, { workflowId: `${type}-${taskQueue}`, taskQueue });
}

function createWorker(worker: typeof GuardedWorker, taskQueue: string): Promise<GuardedWorker> {
  return worker.create({ connection: temporal.connection, taskQueue, workflowBundle });
}

async function withWorker(worker: typeof GuardedWorker, taskQueue: string, body: () => Promise<void>): Promise<void> {
  await (await createWorker(worker, taskQueue)).runUntil(body);
}

/** Until the event is there and the workflow task that it brought was completed, if there is one. */
async function untilEvent(handle: WorkflowHandle, type: EventTypeValue, completedTasks = 0): Promise<void> {
  const isThere = async () => {
    const types = ((await handle.fetchHistory()).events ?? []).map(({ eventType }) => eventType);
    const completed = types.filter((one) => one === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
    return types.includes(type) && completed.length >= completedTasks;
  };
  await waitUntil(isThere, { what: `event ${type} of ${handle.workflowId}`, timeoutMs: WAIT_MS });
}
