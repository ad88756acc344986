/** An API server that has just come back says 403 until it has read its roles: that is a part of its outage. */

import type { ClusterFailure } from './cluster-error.ts';

export interface RecentOutage {
  /** A connection to the API server could not be made, or broke. */
  seen(): void;
  /** A 403 soon after that is `unreachable`: asked again, and not counted as a refusal (H11). */
  judge(failure: ClusterFailure): ClusterFailure;
}

/** It listens two seconds after its start, and knows its roles within seconds of that. */
const ROLES_UNKNOWN_MS = 10_000;
const FORBIDDEN = 403;

/** @param now monotonic time in milliseconds */
export function createRecentOutage(now: () => number = () => performance.now()): RecentOutage {
  let seenMs = Number.NEGATIVE_INFINITY;
  return {
    seen() {
      seenMs = now();
    },
    judge(failure) {
      if (failure.kind !== 'refused' || failure.status !== FORBIDDEN) return failure;
      if (now() - seenMs >= ROLES_UNKNOWN_MS) return failure;
      return { kind: 'unreachable', message: `${failure.message} (just after an outage, asked again)` };
    },
  };
}
