/** Keeps queries from moving a workflow on: in the bundle of every workflow, as an interceptor. */

import { ApplicationFailure, type WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { UNBEGUN_TASK_MESSAGE } from '../contracts/unbegun-task.ts';

/**
 * A worker that gets a query for a workflow which it does not know reads the whole history. The SDK then also applies
 * events at its end whose workflow task no worker has begun: with the time of the task before, for there is no other yet.
 * What the workflow decides so is kept, and sent to the server when the task comes; a later replay has the right time,
 * may decide otherwise, and from then on the workflow is stuck with a non-determinism error.
 *
 * Here such an activation fails instead, and with it the query, whose caller asks again. Nothing of it reaches the
 * history, and the worker forgets the workflow until its next task.
 */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let last: { readonly time: string; readonly historyLength: number } | null = null;
  return {
    internals: [
      {
        activate(input, next) {
          const { timestamp, isReplaying } = input.activation;
          const time = `${timestamp?.seconds?.toString()}.${timestamp?.nanos}`;
          const historyLength = input.activation.historyLength ?? 0;
          // Every workflow task has a time of its own; several activations of one task have one length of the history.
          const isUnbegun = last !== null && historyLength > last.historyLength && time === last.time;
          if (isUnbegun && isReplaying !== true) {
            throw ApplicationFailure.retryable(UNBEGUN_TASK_MESSAGE, 'WorkflowTaskNotBegun');
          }
          last = { time, historyLength };
          next(input);
        },
      },
    ],
  };
};
