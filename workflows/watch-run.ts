/** What all perpetual watches do alike: look when it is due or asked for, wait, and go on in a new run when one is long. */

import { allHandlersFinished, CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import { nowOf, timerFired, type WorkflowTime } from './workflow-time.ts';

export interface WatchRun {
  readonly isDue: () => boolean;
  readonly look: () => Promise<unknown>;
  readonly waitForNext: () => Promise<void>;
  /** Continues as new from the same state. */
  readonly nextRun: () => Promise<never>;
}

/** Bounded by the history: when it grows long, a new run goes on. Whoever asked for a look is answered before the end. */
export async function watchOn(run: WatchRun): Promise<never> {
  try {
    for (;;) {
      if (workflowInfo().continueAsNewSuggested) {
        await condition(allHandlersFinished);
        return await run.nextRun();
      }
      if (run.isDue()) await run.look();
      else await run.waitForNext();
    }
  } catch (error) {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) {
      await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    }
    throw error;
  }
}

export interface Wait {
  readonly untilMs: number;
  readonly isNews: () => boolean;
  /** What the Temporal UI shows beside the timer. */
  readonly summary: string;
  /** Waits on although the history is long: for who cannot go on in a new run yet. Default: false. */
  readonly outlastsRun?: boolean;
}

/** Until then, or there is news, or the history is long. */
export async function waitForNews(
  time: WorkflowTime,
  { untilMs, isNews, summary, outlastsRun = false }: Wait,
): Promise<void> {
  const isOver = () => isNews() || (!outlastsRun && workflowInfo().continueAsNewSuggested);
  try {
    const isTimer = !(await condition(isOver, Math.max(1, untilMs - nowOf(time)), { summary }));
    if (isTimer) timerFired(time, untilMs);
  } catch (error) {
    // A signal was seen to make `condition` throw without a cancellation (sdk-typescript issue 1866).
    if (!isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
  }
}

/** Validator of an update that takes none. */
export function refuseInput(update: string): (...input: readonly unknown[]) => void {
  return (...input) => {
    if (input.some((value) => value !== null && value !== undefined)) throw new Error(`${update} takes no input`);
  };
}
