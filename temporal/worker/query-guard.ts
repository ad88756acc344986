/** Keeps queries from moving a workflow on. */

import type { coresdk } from '@temporalio/proto';
import type { Workflow, WorkflowCreateOptions, WorkflowCreator } from '@temporalio/worker/lib/workflow/interface.js';
import { OPEN_TASK_MESSAGE } from '../../contracts/names.ts';

type Completion = coresdk.workflow_completion.IWorkflowActivationCompletion;

export interface WorkflowRunRef {
  readonly workflowId: string;
  readonly runId: string;
}

/**
 * Whether the workflow task with this `WorkflowTaskStarted` event was completed, or the workflow has ended, so that what
 * it has decided until there stays as it is.
 */
export type IsSettled = (run: WorkflowRunRef, startedEventId: number) => Promise<boolean>;

/** The SDK's name for a query that comes without a workflow task. */
const QUERY_ALONE = 'legacy_query';

/**
 * Without the guard a query can make a workflow stuck:
 *
 * 1. A worker gets a query for a workflow that it does not know, or knows from earlier. It reads the whole history.
 * 2. The SDK also applies events there whose workflow task no worker has completed. Such a task was not begun yet, and
 *    has the time of the task before; or another worker has begun it and may never complete it.
 * 3. What the workflow decides so is kept, and sent to the server when the task comes (again).
 * 4. A later replay has another time or more signals and may decide otherwise. From then on every task of the workflow
 *    fails with a non-determinism error.
 *
 * With the guard such a query fails, its caller asks again, and the worker forgets the workflow until its next task.
 * Only the server knows whether a task was completed: `isSettled` is asked once for each task, for queries that come
 * after it and before the next one.
 */
export function guardQueries(creator: WorkflowCreator, isSettled: IsSettled): WorkflowCreator {
  return {
    createWorkflow: async (options) => guarded(await creator.createWorkflow(options), runOf(options), isSettled),
    destroy: async () => creator.destroy(),
  };
}

function guarded(workflow: Workflow, run: WorkflowRunRef, isSettled: IsSettled): Workflow {
  /** Number of the last event that was applied and not replayed, for what is replayed was completed; 0: none was. */
  let openLength = 0;
  let settledLength = 0;

  async function isOpen(): Promise<boolean> {
    if (openLength > settledLength && (await isSettled(run, openLength))) settledLength = openLength;
    return openLength > settledLength;
  }

  return {
    async activate(activation) {
      const queries = (activation.jobs ?? []).map(({ queryWorkflow }) => queryWorkflow);
      if (!queries.every((query) => query)) {
        openLength = activation.isReplaying === true ? 0 : (activation.historyLength ?? 0);
      } else if (queries.some((query) => query?.queryId === QUERY_ALONE) && (await isOpen())) {
        return refusal(run);
      }
      return workflow.activate(activation);
    },
    getAndResetSinkCalls: async () => workflow.getAndResetSinkCalls(),
    dispose: async () => workflow.dispose(),
  };
}

function runOf({ info: { workflowId, runId } }: WorkflowCreateOptions): WorkflowRunRef {
  return { workflowId, runId };
}

function refusal({ runId }: WorkflowRunRef): Completion {
  const failure = { message: OPEN_TASK_MESSAGE, applicationFailureInfo: { type: 'WorkflowTaskOpen' } };
  return { runId, failed: { failure } };
}
