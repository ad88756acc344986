/** Whether requests to the API server get answers: refused credentials, and requests that fail again and again. */

import type { ClusterFailure, RequestTarget } from './cluster-error.ts';

export interface RequestHealth {
  answered(target: RequestTarget): void;
  failed(target: RequestTarget, failure: ClusterFailure): void;
  /** Null while requests get answers, else what is wrong, for people. */
  problem(): string | null;
}

interface Streak {
  readonly count: number;
  readonly message: string;
  readonly lastMs: number;
}

/** A single request may meet a moment in which the API server restarts. */
const FAILURES_MAX = 3;
/** What failed and was not asked again for this long says nothing about now. */
const FORGOTTEN_AFTER_MS = 300_000;

/** @param now monotonic time in milliseconds */
export function createRequestHealth(now: () => number = () => performance.now()): RequestHealth {
  /** By verb and resource: both are few. */
  const streaks = new Map<string, Streak>();
  let unauthorized: Streak | null = null;

  const keyOf = ({ verb, resource }: RequestTarget) => `${verb} ${resource}`;
  const isRecent = ({ lastMs }: Streak) => now() - lastMs < FORGOTTEN_AFTER_MS;
  const next = (before: Streak | null | undefined, message: string): Streak => {
    const count = before && isRecent(before) ? before.count + 1 : 1;
    return { count, message, lastMs: now() };
  };

  const answered = (target: RequestTarget) => {
    unauthorized = null;
    streaks.delete(keyOf(target));
  };

  return {
    answered,
    failed(target, failure) {
      if (failure.kind === 'refused') return answered(target);
      if (failure.isUnauthorized === true) {
        unauthorized = next(unauthorized, failure.message);
        return;
      }
      streaks.set(keyOf(target), next(streaks.get(keyOf(target)), failure.message));
    },
    problem() {
      if (unauthorized !== null && isRecent(unauthorized)) return unauthorized.message;
      const failing = [...streaks.values()].find((streak) => streak.count >= FAILURES_MAX && isRecent(streak));
      return failing === undefined ? null : `${failing.count} times in a row: ${failing.message}`;
    },
  };
}
