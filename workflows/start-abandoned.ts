/** Begins a workflow of a run that goes on whatever becomes of the one that began it. */

import {
  ChildWorkflowCancellationType,
  type ChildWorkflowHandle,
  type ChildWorkflowOptions,
  ParentClosePolicy,
  startChild,
  type Workflow,
} from '@temporalio/workflow';
import { type RunSubject, runAttributes } from './run-attributes.ts';

interface Abandoned extends Pick<ChildWorkflowOptions, 'taskQueue' | 'staticSummary'> {
  readonly workflowId: string;
  readonly input: unknown;
  readonly subject: RunSubject;
}

/** Null where one of this id runs already. */
export async function startAbandoned(
  type: string,
  { workflowId, input, subject, ...options }: Abandoned,
): Promise<ChildWorkflowHandle<Workflow> | null> {
  try {
    return await startChild(type, {
      ...options,
      workflowId,
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
      ...runAttributes(workflowId, subject),
    });
  } catch (error) {
    if (isRunningAlready(error)) return null;
    throw error;
  }
}

export function isRunningAlready(error: unknown): boolean {
  return error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError';
}
