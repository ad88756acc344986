/** The activities as `watchConnectivity` calls them. */

import type { ConnectivityActivities } from '../../contracts/connectivity/activities.ts';
import { CONNECTIVITY_RESULTS } from '../../contracts/connectivity/activity-results.ts';
import { callerOf } from '../activity-calls.ts';

export const call = callerOf<ConnectivityActivities>(CONNECTIVITY_RESULTS);
