/**
 * The time by which reports age. It begins at the wall clock's time and then only goes forward, so that a step of the
 * wall clock changes no age. What people see is converted when it is shown.
 */

import type { Clock } from '../../runtime/clock.ts';

export interface ReportClock {
  /** Collector time in milliseconds: close to 1970's only while the wall clock does not step. */
  readonly nowMs: () => number;
  /** Goes on from there if that is ahead: the stored times of an earlier run must not lie in the future. */
  readonly notBefore: (ms: number) => void;
  /** A moment of collector time as milliseconds since 1970, by the wall clock as it is now. */
  readonly toWallMs: (ms: number) => number;
}

export function createReportClock({ steadyMs, wallMs }: Clock): ReportClock {
  let aheadMs = wallMs() - steadyMs();
  const nowMs = () => Math.floor(steadyMs() + aheadMs);
  return {
    nowMs,
    notBefore(ms) {
      aheadMs += Math.max(0, ms - nowMs());
    },
    // Whole milliseconds: the time of a report of another collector is computed, with a fraction.
    toWallMs: (ms) => Math.floor(wallMs() - (nowMs() - ms)),
  };
}
