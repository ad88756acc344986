/**
 * A clock of workflows that runs faster for a while: makes the history of a quarter of an hour in less time.
 *
 * The workflow sees times and sets timers in its own time. Which time that is follows from the time of the event alone,
 * so a replay sees the same.
 */

import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import proto, { type coresdk } from '@temporalio/proto';
import type { Workflow, WorkflowCreator } from '@temporalio/worker/lib/workflow/interface.js';

type Completion = coresdk.workflow_completion.IWorkflowActivationCompletion;

export interface Pace {
  readonly startMs: number;
  readonly factor: number;
  /** From then on the clock runs as any other; null while that is not known yet. */
  readonly endMs: number | null;
}

export function pacedTimeMs({ startMs, factor, endMs }: Pace, realMs: number): number {
  const fastMs = Math.min(realMs, endMs ?? realMs) - startMs;
  const slowMs = Math.max(0, realMs - (endMs ?? realMs));
  return startMs + fastMs * factor + slowMs;
}

/** The inverse of `pacedTimeMs`. */
export function realTimeMs({ startMs, factor, endMs }: Pace, pacedMs: number): number {
  const fastMs = (pacedMs - startMs) / factor;
  if (endMs === null || startMs + fastMs <= endMs) return startMs + fastMs;
  return endMs + (pacedMs - startMs - (endMs - startMs) * factor);
}

/** `pace` is asked at each activation. */
export function paceWorkflows(creator: WorkflowCreator, pace: () => Pace): WorkflowCreator {
  return {
    createWorkflow: async (options) => paced(await creator.createWorkflow(options), pace),
    destroy: async () => creator.destroy(),
  };
}

function paced(workflow: Workflow, pace: () => Pace): Workflow {
  return {
    async activate(activation) {
      if (!activation.timestamp) return workflow.activate(activation);
      const realMs = tsToMs(activation.timestamp);
      const timestamp = msToTs(Math.round(pacedTimeMs(pace(), realMs)));
      return withRealTimers(await workflow.activate({ ...activation, timestamp }), { realMs, pace: pace() });
    },
    getAndResetSinkCalls: async () => workflow.getAndResetSinkCalls(),
    dispose: async () => workflow.dispose(),
  };
}

function withRealTimers(completion: Completion, { realMs, pace }: { realMs: number; pace: Pace }): Completion {
  for (const { startTimer } of completion.successful?.commands ?? []) {
    if (!startTimer?.startToFireTimeout) continue;
    // The numbers in it have lost their class on the way from the thread.
    const timeout = proto.google.protobuf.Duration.fromObject(startTimer.startToFireTimeout);
    const firesMs = pacedTimeMs(pace, realMs) + tsToMs(timeout);
    startTimer.startToFireTimeout = msToTs(Math.max(1, Math.round(realTimeMs(pace, firesMs) - realMs)));
  }
  return completion;
}
