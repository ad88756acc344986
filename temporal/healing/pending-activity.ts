/** What a running heal waits for: its activity that failed and is tried again, or that says what it waits for. */

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

export interface PendingActivity {
  readonly name: string;
  /** From 1. */
  readonly attempt: number;
  /** For people: what the present try waits for, else why the last one failed. */
  readonly problem: string;
}

type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** Null where nothing is wrong, also while an activity is under way that has not failed and does not wait long. */
export function pendingActivityOf({ raw }: Pick<WorkflowExecutionDescription, 'raw'>): PendingActivity | null {
  for (const activity of raw.pendingActivities ?? []) {
    const problem = waitOf(activity) ?? activity.lastFailure?.message ?? '';
    if (problem === '') continue;
    return { name: activity.activityType?.name ?? 'activity', attempt: activity.attempt ?? 1, problem };
  }
  return null;
}

/** From the details of its last heartbeat; a worker of another version may have sent others. */
function waitOf({ heartbeatDetails }: Pending): string | null {
  const [payload] = heartbeatDetails?.payloads ?? [];
  if (payload === undefined) return null;
  try {
    const details: unknown = defaultPayloadConverter.fromPayload(payload);
    const waitsFor: unknown = typeof details === 'object' && details !== null && Reflect.get(details, 'waitsFor');
    return typeof waitsFor === 'string' ? waitsFor : null;
  } catch {
    return null;
  }
}
