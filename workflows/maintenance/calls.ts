/** The activities as the workflows of maintenance call them: retried until they succeed, their results parsed. */

import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
import type { MaintenanceActivities } from '../../contracts/maintenance/activities.ts';
import { MAINTENANCE_RESULTS } from '../../contracts/maintenance/activity-results.ts';
import { retriedCallerOf } from '../retried-calls.ts';

export const callOf = retriedCallerOf<MaintenanceActivities>(MAINTENANCE_RESULTS);

/** Whether all tries of a call with a bound were in vain until then. */
export function isTooLate(error: unknown): boolean {
  return error instanceof ActivityFailure && (error.retryState === 'TIMEOUT' || error.cause instanceof TimeoutFailure);
}
