/** When an agent probes and reports. Times in ms of a clock that only goes forward; `random` is from 0 up to 1. */

/** What became of a report. */
export type SendOutcome =
  | { readonly kind: 'taken'; readonly code: number }
  /** The collector wants none like this: the next one may be better. */
  | { readonly kind: 'rejected'; readonly message: string }
  /** The collector is away, or has too much to do. */
  | { readonly kind: 'unavailable'; readonly message: string; readonly retryAfterMs: number | null };

export type NextSend =
  /** When the probes of the next round are through. */
  { readonly kind: 'with-round' } | { readonly kind: 'after'; readonly delayMs: number };

export interface SendState {
  /** Consecutive reports that the collector was not there for. */
  readonly failureStreak: number;
  readonly next: NextSend;
}

const FIRST_RETRY_MS = 1_000;
const RETRY_GROWTH = 2;
/** A collector may ask for more patience than the interval, but a wrong header must not silence an agent for a day. */
const RETRY_AFTER_MAX_MS = 300_000;
const RETRY_AFTER_SPREAD = 0.25;

const PROBE_MARGIN_MS = 1_000;
/** A TCP connection or a lookup that takes longer is of no use. */
const SHORT_PROBE_TIMEOUT_MAX_MS = 10_000;
const SEND_TIMEOUT_MAX_MS = 15_000;
const SETTLE_MAX_MS = 2_000;
const FIRST_REPORT_JITTER_MAX_MS = 1_000;

/** The next whole interval after the start; those that a sleeping machine missed are left out. */
export function nextRoundMs(rounds: { startedMs: number; intervalMs: number }, nowMs: number): number {
  const { startedMs, intervalMs } = rounds;
  return startedMs + (Math.floor((nowMs - startedMs) / intervalMs) + 1) * intervalMs;
}

/** An HTTP probe has the interval but for a second, as with the original; of short intervals, half. */
export function probeTimeoutsMs(intervalMs: number): { http: number; short: number; send: number } {
  const http = Math.max(intervalMs - PROBE_MARGIN_MS, intervalMs / 2);
  return { http, short: Math.min(http, SHORT_PROBE_TIMEOUT_MAX_MS), send: Math.min(http, SEND_TIMEOUT_MAX_MS) };
}

/** How long a report waits for the probes of its round. A slower probe is reported with its previous result. */
export function settleMaxMs(intervalMs: number): number {
  return Math.min(SETTLE_MAX_MS, intervalMs / 2);
}

/** Spreads the agents that one roll-out started together; all later reports keep that distance. */
export function firstReportDelayMs(intervalMs: number, random: number): number {
  return random * Math.min(FIRST_REPORT_JITTER_MAX_MS, intervalMs / 10);
}

/** After a failure the pauses double up to the interval, each shortened by up to a half, lest all come back at once. */
export function afterSend(
  outcome: SendOutcome,
  { failureStreak, intervalMs, random }: { failureStreak: number; intervalMs: number; random: number },
): SendState {
  if (outcome.kind !== 'unavailable') return { failureStreak: 0, next: { kind: 'with-round' } };
  const pauseMs = Math.min(FIRST_RETRY_MS * RETRY_GROWTH ** failureStreak, intervalMs) * (1 - random / 2);
  const askedMs = Math.min(outcome.retryAfterMs ?? 0, Math.max(intervalMs, RETRY_AFTER_MAX_MS));
  const delayMs = Math.max(pauseMs, askedMs * (1 + random * RETRY_AFTER_SPREAD));
  return { failureStreak: failureStreak + 1, next: { kind: 'after', delayMs } };
}

/**
 * Seconds or a date; null where the header is neither. A date counts from that of the answer (header `Date`): the clock
 * of this machine may be another one.
 */
export function parseRetryAfterMs(header: string | undefined, answeredAt: string | undefined): number | null {
  if (header === undefined) return null;
  if (/^\s*\d{1,10}\s*$/.test(header)) return Number(header) * 1_000;
  // JavaScript takes other texts for dates as well, such as a number below zero.
  const dateMs = /^\s*[A-Z][a-z]{2},/.test(header) ? Date.parse(header) : Number.NaN;
  const waitMs = dateMs - Date.parse(answeredAt ?? '');
  return Number.isNaN(waitMs) ? null : Math.max(0, waitMs);
}
