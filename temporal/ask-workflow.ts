/** Asks a workflow, also while workers hand over. */

import { setTimeout as sleep } from 'node:timers/promises';
import { QueryNotRegisteredError } from '@temporalio/client';

import { OPEN_TASK_MESSAGE } from '../contracts/names.ts';

/** Together 1.5 s, inside the three seconds that the command line gives a query. */
const PAUSES_MS: readonly number[] = [100, 200, 400, 800];

/** Runs `query`, and again while the only answer is that there is none yet. Throws what `query` throws. */
export async function askWorkflow<T>(query: () => Promise<T>): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await query();
    } catch (error) {
      if (!isTooEarly(error)) throw error;
      await sleep(pauseMs);
    }
  }
  return query();
}

/** The client has no other class for a query that a worker answered with a failure. */
function isTooEarly(error: unknown): boolean {
  return error instanceof QueryNotRegisteredError && error.message.includes(OPEN_TASK_MESSAGE);
}
