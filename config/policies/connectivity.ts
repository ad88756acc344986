/** The policy that the watch of the connectivity is started with, and that the starter compares a running one's with. */

import type { ConnectivityPolicy } from '../../contracts/connectivity/watch-connectivity.ts';
import type { Config } from '../schema/config.ts';

export function connectivityPolicy({ connectivity, temporal }: Config): ConnectivityPolicy {
  return {
    intervalMs: connectivity.intervalMs,
    failuresToAlarm: connectivity.failuresToAlarm,
    restartHealing: connectivity.restartHealing,
    searchAttributes: temporal.searchAttributes,
  };
}
