/** Lint fixture: healing imports connectivity; must be reported as no-restricted-imports. */

import { failuresToAlarm } from '../connectivity/alarm.ts';

export const attempts = failuresToAlarm + 1;
