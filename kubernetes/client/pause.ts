/** Waiting between tries, for less time where the process is asked to stop. */

import { setTimeout as delay } from 'node:timers/promises';

const BACKOFF_MIN_MS = 250;
const DOUBLINGS_MAX = 10;

/** Doubles from 250 ms to `maxMs`; half of it is random, so that many clients do not come back in step. */
export function backoffMs({ failures, maxMs }: { failures: number; maxMs: number }): number {
  const ceilingMs = Math.min(maxMs, BACKOFF_MIN_MS * 2 ** Math.min(failures, DOUBLINGS_MAX));
  return ceilingMs / 2 + (Math.random() * ceilingMs) / 2;
}

/** Resolves early, without an error, when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
