/**
 * The time by which a workflow decides. It is the Temporal server's, which never goes back within a run: where that
 * clock is set back, it stands still until it has caught up. A timer that fires moves it on all the same.
 */

import { patched } from '@temporalio/workflow';

export interface WorkflowTime {
  /** As far as timers that fired have moved the time; 0 while the server's clock says more. */
  reachedMs: number;
}

/** Milliseconds since 1970. Never earlier than in the run before, whose time the next one carries on. */
export function nowOf({ reachedMs }: Pick<WorkflowTime, 'reachedMs'>): number {
  return Math.max(Date.now(), reachedMs);
}

/** The timer that was set until that moment has fired. */
export function timerFired(time: WorkflowTime, untilMs: number): void {
  if (nowOf(time) >= untilMs) return;
  // Patch of 0.1: before, a clock set back by an hour cost an hour without attempts. Only met after such a step, so it
  // may go when no history from before it is open.
  if (patched('fired-timers-move-time')) time.reachedMs = untilMs;
}
