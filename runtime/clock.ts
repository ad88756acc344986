/** The two clocks of a process: one that may step, for people, and one that never does, for ages. */

export interface Clock {
  /** Milliseconds of a clock that only goes forward; where it begins means nothing. */
  readonly steadyMs: () => number;
  /** Milliseconds since 1970. An administrator or a time server may set it, in either direction. */
  readonly wallMs: () => number;
}

export const SYSTEM_CLOCK: Clock = { steadyMs: () => performance.now(), wallMs: () => Date.now() };
