/** Waiting, for less time where the process is asked to stop. */

import { setTimeout as delay } from 'node:timers/promises';

/** Ends early, without an error, when the signal is aborted. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(durationMs, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
