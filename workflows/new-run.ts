/** What comes with the last task of a run: the run that continues it would not know of it. */

import { ContinueAsNew } from '@temporalio/workflow';

/**
 * Runs `live` to its result. Returns null where a new run was to go on and `isOvertaken` says that something came since,
 * such as a cancellation, which Temporal does not hand over. Then this run goes on instead.
 */
export async function unlessOvertaken<T>(live: () => Promise<T>, isOvertaken: () => boolean): Promise<T | null> {
  try {
    return await live();
  } catch (error) {
    if (error instanceof ContinueAsNew && isOvertaken()) return null;
    throw error;
  }
}
