/** Which queries are answered, refused, and checked at the server. */

import { expect, test } from '@jest/globals';
import type { coresdk } from '@temporalio/proto';
import type { Workflow, WorkflowCreateOptions, WorkflowCreator } from '@temporalio/worker/lib/workflow/interface.js';
import { OPEN_TASK_MESSAGE } from '../../contracts/names.ts';
import { guardQueries, type WorkflowRunRef } from './query-guard.ts';

type Activation = coresdk.workflow_activation.IWorkflowActivation;

const RUN: WorkflowRunRef = { workflowId: 'heal-node/a/akswin1', runId: 'run-1' };
const REFUSED = { runId: 'run-1', failed: { failure: expect.objectContaining({ message: OPEN_TASK_MESSAGE }) } };
const ANSWERED = { runId: 'run-1', successful: {} };

const query = (queryId = 'legacy_query'): Activation => ({ jobs: [{ queryWorkflow: { queryId } }], isReplaying: true });
const task = (historyLength: number): Activation => ({ jobs: [{ fireTimer: {} }], historyLength, isReplaying: false });
const replay = (historyLength: number): Activation => ({ ...task(historyLength), isReplaying: true });

/** Performs the activations in turn on a workflow whose tasks were completed up to an event. */
async function completions(activations: readonly Activation[], completedUpTo: number) {
  const asked: number[] = [];
  const performed: Activation[] = [];
  const inner: Workflow = {
    async activate(activation) {
      performed.push(activation);
      return ANSWERED;
    },
    getAndResetSinkCalls: async () => [],
    dispose: async () => {},
  };
  const creator: WorkflowCreator = { createWorkflow: async () => inner, destroy: async () => {} };
  const guard = guardQueries(creator, async (run, startedEventId) => {
    expect(run).toEqual(RUN);
    asked.push(startedEventId);
    return startedEventId <= completedUpTo;
  });
  const workflow = await guard.createWorkflow({ info: RUN } as WorkflowCreateOptions);
  const answers = [];
  for (const activation of activations) answers.push(await workflow.activate(activation));
  return { asked, performed, last: answers.at(-1) };
}

test('H15: a query of what was only replayed is answered without asking the server', async () => {
  const { asked, last } = await completions([replay(3), replay(12), query()], 12);
  expect(asked).toEqual([]);
  expect(last).toEqual(ANSWERED);
});

test('H15: a query after a completed task is answered, and the server asked once for each task', async () => {
  const { asked, last } = await completions([task(12), query(), query(), task(21), query(), query()], 21);
  expect(asked).toEqual([12, 21]);
  expect(last).toEqual(ANSWERED);
});

test('H15: a query after a task that was not completed is refused, and never reaches the workflow', async () => {
  const { asked, performed, last } = await completions([replay(3), task(12), query()], 3);
  expect(asked).toEqual([12]);
  expect(performed).toHaveLength(2);
  expect(last).toEqual(REFUSED);
});

test('H15: a query that comes with its task is answered, for it is a part of it', async () => {
  const { asked, last } = await completions([task(12), query('7c2a')], 0);
  expect(asked).toEqual([]);
  expect(last).toEqual(ANSWERED);
});
