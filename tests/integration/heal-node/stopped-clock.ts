/**
 * Part of a workflow bundle for tests: the time that a workflow sees stands still for an hour, as it does while the
 * Temporal server's clock has been set back by that much. Timers go on.
 */

/** After the start of the first workflow that sees it. */
const STOPS_AFTER_MS = 90_000;
const STANDS_STILL_MS = 3_600_000;

const serverNow = Date.now.bind(Date);
let startedMs: number | null = null;

/** The `Date` of a workflow is frozen. */
class StoppedDate extends Date {
  static override now(): number {
    const nowMs = serverNow();
    startedMs ??= nowMs;
    const stoppedMs = startedMs + STOPS_AFTER_MS;
    return nowMs < stoppedMs ? nowMs : Math.max(stoppedMs, nowMs - STANDS_STILL_MS);
  }
}

Object.defineProperty(globalThis, 'Date', { value: StoppedDate });

export const interceptors = () => ({});
