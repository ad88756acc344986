/** The API server's clock, known from the header `Date` of its answers and carried on by a clock that never steps. */

export interface ServerClock {
  /** Takes the header of an answer that has just come; one that is missing or no date changes nothing. */
  heard(date: string | readonly string[] | undefined): void;
  /** Milliseconds since 1970. The clock of this machine until an answer came. */
  readonly nowMs: () => number;
}

/** The header has whole seconds: on average the answer is this much younger. */
const HALF_SECOND_MS = 500;

export function createServerClock(steadyMs: () => number = () => performance.now()): ServerClock {
  let aheadMs: number | null = null;
  return {
    heard(date) {
      const ms = typeof date === 'string' ? Date.parse(date) : Number.NaN;
      if (!Number.isNaN(ms)) aheadMs = ms + HALF_SECOND_MS - steadyMs();
    },
    nowMs: () => (aheadMs === null ? Date.now() : Math.floor(steadyMs() + aheadMs)),
  };
}
