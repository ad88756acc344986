/** Query and update of the workflow `watchPrivileges`. */

import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { PrivilegesReport, PrivilegesStatus } from './watch-privileges.ts';

export const privilegesStatus = defineQuery<PrivilegesStatus>('privilegesStatus');

/** Evaluates now and returns the report; fails where there is none. */
export const evaluateNow = defineUpdate<PrivilegesReport>('evaluateNow');

/** Failure type of `evaluateNow` where there is no report. */
export const NO_REPORT = 'NoReport';
