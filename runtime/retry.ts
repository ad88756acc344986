/** Tries again and again, with growing pauses, until it works or the process is asked to stop. */

import { pause } from './pause.ts';

const FIRST_PAUSE_MS = 500;
const PAUSE_MAX_MS = 15_000;
const GROWTH = 2;

export interface RetryOptions<T> {
  readonly attempt: () => Promise<T>;
  /** Called after each failure; throw here to give up. */
  readonly onFailure: (error: unknown, nextPauseMs: number) => void;
  readonly signal: AbortSignal;
  readonly firstPauseMs?: number;
}

/** Returns null when the signal is aborted first. */
export async function retry<T>(options: RetryOptions<T>): Promise<T | null> {
  let pauseMs = options.firstPauseMs ?? FIRST_PAUSE_MS;
  while (!options.signal.aborted) {
    try {
      return await options.attempt();
    } catch (error) {
      options.onFailure(error, pauseMs);
      await pause(pauseMs, options.signal);
      pauseMs = Math.min(pauseMs * GROWTH, PAUSE_MAX_MS);
    }
  }
  return null;
}
