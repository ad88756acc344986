/** Runs workflows in a thread of `workflow-thread.ts`, as the SDK does in one of its own. */

import { Worker as Thread } from 'node:worker_threads';
import type { CompiledWorkerOptions, Logger } from '@temporalio/worker';
import type { Workflow, WorkflowCreator } from '@temporalio/worker/lib/workflow/interface.js';
import { ThreadedVMWorkflowCreator, WorkerThreadClient } from '@temporalio/worker/lib/workflow/threaded-vm.js';
import type { WorkflowBundleWithSourceMapAndFilename } from '@temporalio/worker/lib/workflow/workflow-worker-thread/input.js';

const THREAD = new URL('workflow-thread.ts', import.meta.url);
/** A thread that leaves an activation without an answer twice as long in a row hangs: the worker ends. */
const PATIENCE_MS = 20_000;

export interface WorkflowThreadOptions extends Pick<CompiledWorkerOptions, 'activities' | 'isolateExecutionTimeoutMs'> {
  readonly patchActivationCallback?: CompiledWorkerOptions['patchActivationCallback'];
  readonly logger: Logger;
  readonly patienceMs?: number;
}

export async function startWorkflowThread(
  workflowBundle: WorkflowBundleWithSourceMapAndFilename,
  options: WorkflowThreadOptions,
): Promise<WorkflowCreator> {
  const { logger, activities, isolateExecutionTimeoutMs, patchActivationCallback, patienceMs = PATIENCE_MS } = options;
  const thread = new Thread(THREAD);
  const client = new WorkerThreadClient(thread, logger, patchActivationCallback);
  await client.send({
    type: 'init',
    workflowBundle,
    isolateExecutionTimeoutMs,
    registeredActivityNames: new Set(activities.keys()),
    reuseV8Context: true,
    hasPatchActivationCallback: patchActivationCallback !== undefined,
  });
  const creator = new ThreadedVMWorkflowCreator([client]);
  const endThread = () => {
    logger.error(`the thread of the workflows has not answered for ${(2 * patienceMs) / 1_000} s and is ended`);
    void thread.terminate();
  };
  return {
    createWorkflow: async (create) => inThread(await creator.createWorkflow(create), { patienceMs, endThread }),
    destroy: async () => creator.destroy(),
  };
}

function inThread(workflow: Workflow, hang: { readonly patienceMs: number; readonly endThread: () => void }): Workflow {
  let isReplaying = false;
  return {
    async activate(activation) {
      isReplaying = activation.isReplaying === true;
      return watched(() => workflow.activate(activation), hang);
    },
    // What is logged in a replay is thrown away: not worth a message to the thread and back for each activation.
    getAndResetSinkCalls: async () => (isReplaying ? [] : workflow.getAndResetSinkCalls()),
    dispose: async () => workflow.dispose(),
  };
}

/** Waits in two parts, so that a machine that was stopped for a while is not taken for a thread that hangs. */
async function watched<T>(
  ask: () => Promise<T>,
  { patienceMs, endThread }: { readonly patienceMs: number; readonly endThread: () => void },
): Promise<T> {
  let timer = setTimeout(() => {
    timer = setTimeout(endThread, patienceMs);
  }, patienceMs);
  try {
    return await ask();
  } finally {
    clearTimeout(timer);
  }
}
