/** Does to the cluster what a person would try again. */

import { setTimeout as sleep } from 'node:timers/promises';

/** The API server may be away for as long as a fault lasts. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 300;

/** False where it did not work in all that time. */
export async function persist(run: () => Promise<unknown>): Promise<boolean> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  while (Date.now() < deadlineMs) {
    try {
      await run();
      return true;
    } catch {
      await sleep(RETRY_MS);
    }
  }
  return false;
}
