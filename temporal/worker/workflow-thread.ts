/**
 * The thread that workflows run in. It is the SDK's own, without two things that cost more than the workflows do:
 *
 * 1. The SDK keeps the stack of each promise, for the tab *Call Stack* of the Temporal UI. A heal says in its details
 *    what it waits for. This was 40 % of a replay.
 * 2. The SDK limits the time of each of the four entries into the sandbox, and Node starts a thread for each limit.
 *    Here an activation has one limit, and a replayed one has none, since it came to its end in time before. This was
 *    30 % of a replay.
 */

import { Script } from 'node:vm';
import type { coresdk } from '@temporalio/proto';
import type { Workflow, WorkflowCreator } from '@temporalio/worker/lib/workflow/interface.js';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';
import { BaseVMWorkflow, globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared.js';

type Activation = coresdk.workflow_activation.IWorkflowActivation;
type Completion = coresdk.workflow_completion.IWorkflowActivationCompletion;

/** Property of the global object through which the script below reaches an activation. */
const ENTRY = 'vigilanteActivation';
const SDK_LIMIT = 'isolateExecutionTimeoutMs';
const entry = new Script(`${ENTRY}()`);

keepNoPromiseStacks();
limitActivations();
await import('@temporalio/worker/lib/workflow/workflow-worker-thread.js');

function keepNoPromiseStacks(): void {
  Reflect.set(globalHandlers, 'setPromiseHook', () => {});
}

function limitActivations(): void {
  const { value: createWorkflow } = Object.getOwnPropertyDescriptor(
    ReusableVMWorkflowCreator.prototype,
    'createWorkflow',
  ) as { readonly value: WorkflowCreator['createWorkflow'] };
  const { value: activate } = Object.getOwnPropertyDescriptor(BaseVMWorkflow.prototype, 'activate') as {
    readonly value: Workflow['activate'];
  };
  let limitMs = 0;
  ReusableVMWorkflowCreator.prototype.createWorkflow = function createUnlimited(options) {
    const sdkLimitMs: unknown = Reflect.get(this, SDK_LIMIT);
    if (typeof sdkLimitMs === 'number') limitMs = sdkLimitMs;
    // The SDK reads it for each workflow that it creates: undefined is no limit.
    Reflect.set(this, SDK_LIMIT, undefined);
    return createWorkflow.call(this, options);
  };
  BaseVMWorkflow.prototype.activate = function activateInTime(activation) {
    const run = () => activate.call(this, activation);
    return isReplayed(activation) ? run() : runInTime(run, { limitMs, runId: this.runId });
  };
}

function isReplayed({ isReplaying, jobs }: Activation): boolean {
  return isReplaying === true && jobs?.some(({ queryWorkflow }) => queryWorkflow) !== true;
}

/** An activation runs until its end before its promise is returned: the limit holds for all of it. */
async function runInTime(
  run: () => Promise<Completion>,
  { limitMs, runId }: { readonly limitMs: number; readonly runId: string },
): Promise<Completion> {
  const completion = Promise.withResolvers<Completion>();
  Reflect.set(globalThis, ENTRY, () => completion.resolve(run()));
  try {
    entry.runInThisContext({ timeout: limitMs });
    return await completion.promise;
  } catch (error) {
    return { runId, failed: { failure: { message: String(error) } } };
  }
}
