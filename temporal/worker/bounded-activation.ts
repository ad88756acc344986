/** Cuts from a workflow task what no workflow of ours reads, before it is sent to the thread of the workflows. */

import type { coresdk } from '@temporalio/proto';
import type { Workflow, WorkflowCreator } from '@temporalio/worker/lib/workflow/interface.js';
import { isReadable } from '../../contracts/payload.ts';

type Activation = Parameters<Workflow['activate']>[0];
type Job = coresdk.workflow_activation.IWorkflowActivationJob;

/**
 * No workflow, signal, query or update of ours takes more; `workflows/interceptors.ts` has the same number. A message of
 * two megabytes holds a hundred thousand, and a task that copies them again and again takes longer than it may.
 */
const ARGUMENTS_MAX = 2;

export function boundActivations(creator: WorkflowCreator): WorkflowCreator {
  return {
    createWorkflow: async (options) => bounded(await creator.createWorkflow(options)),
    destroy: async () => creator.destroy(),
  };
}

function bounded(workflow: Workflow): Workflow {
  return {
    activate: async (activation) => workflow.activate(boundedActivation(activation)),
    getAndResetSinkCalls: async () => workflow.getAndResetSinkCalls(),
    dispose: async () => workflow.dispose(),
  };
}

/** Changes the activation in place: nothing else holds it. */
export function boundedActivation(activation: Activation): Activation {
  for (const job of activation.jobs ?? []) boundJob(job);
  return activation;
}

function boundJob({ signalWorkflow, queryWorkflow, doUpdate, initializeWorkflow }: Job): void {
  signalWorkflow?.input?.splice(ARGUMENTS_MAX);
  queryWorkflow?.arguments?.splice(ARGUMENTS_MAX);
  doUpdate?.input?.splice(ARGUMENTS_MAX);
  initializeWorkflow?.arguments?.splice(ARGUMENTS_MAX);
  const attributes = initializeWorkflow?.searchAttributes?.indexedFields ?? {};
  for (const [name, payload] of Object.entries(attributes)) {
    // The SDK throws for one, before any code of ours runs; anybody may have started the workflow with it.
    if (!isReadable(payload) || !isJson(payload)) delete attributes[name];
  }
}

function isJson({ metadata }: Parameters<typeof isReadable>[0]): boolean {
  return metadata?.['encoding'] !== undefined && Buffer.from(metadata['encoding']).toString() === 'json/plain';
}
