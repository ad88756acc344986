/** When an agent probes and reports: each limit below, at and above. */

import { expect, test } from '@jest/globals';
import {
  afterSend,
  firstReportDelayMs,
  nextRoundMs,
  parseRetryAfterMs,
  probeTimeoutsMs,
  type SendOutcome,
  settleMaxMs,
} from './schedule.ts';

/** The largest value of a random source. */
const ALMOST_ONE = 1 - Number.EPSILON;

test.each([
  { nowMs: 100, nextMs: 1_100 },
  { nowMs: 1_099, nextMs: 1_100 },
  { nowMs: 1_100, nextMs: 2_100 },
  { nowMs: 1_101, nextMs: 2_100 },
  { nowMs: 60_150, nextMs: 61_100 },
])('rounds start at whole intervals without drift; missed ones are left out: after $nowMs comes $nextMs', (row) => {
  expect(nextRoundMs({ startedMs: 100, intervalMs: 1_000 }, row.nowMs)).toBe(row.nextMs);
});

test.each([
  { intervalMs: 1_000, http: 500, short: 500, send: 500 },
  { intervalMs: 2_000, http: 1_000, short: 1_000, send: 1_000 },
  { intervalMs: 5_000, http: 4_000, short: 4_000, send: 4_000 },
  { intervalMs: 11_000, http: 10_000, short: 10_000, send: 10_000 },
  { intervalMs: 60_000, http: 59_000, short: 10_000, send: 15_000 },
])('all time limits are below the interval of $intervalMs ms', ({ intervalMs, ...expected }) => {
  expect(probeTimeoutsMs(intervalMs)).toEqual(expected);
});

test('a report waits for its probes for two seconds, or for half of a short interval', () => {
  expect([1_000, 4_000, 60_000].map(settleMaxMs)).toEqual([500, 2_000, 2_000]);
});

test('the first report is delayed by up to a second, or by up to a tenth of a short interval', () => {
  expect(firstReportDelayMs(60_000, 0)).toBe(0);
  expect(firstReportDelayMs(60_000, 0.5)).toBe(500);
  expect(firstReportDelayMs(1_000, 0.5)).toBe(50);
});

const away: SendOutcome = { kind: 'unavailable', message: 'away', retryAfterMs: null };

test.each([
  { failureStreak: 0, mostMs: 1_000 },
  { failureStreak: 1, mostMs: 2_000 },
  { failureStreak: 4, mostMs: 16_000 },
  { failureStreak: 5, mostMs: 30_000 },
  { failureStreak: 6, mostMs: 30_000 },
  { failureStreak: 5_000, mostMs: 30_000 },
])('the pause after $failureStreak failures is $mostMs ms at most, and half of it at least', (row) => {
  const { failureStreak, mostMs } = row;
  const after = (random: number) => afterSend(away, { failureStreak, intervalMs: 30_000, random });
  expect(after(0)).toEqual({ failureStreak: failureStreak + 1, next: { kind: 'after', delayMs: mostMs } });
  expect(after(0.5).next).toEqual({ kind: 'after', delayMs: mostMs * 0.75 });
  expect(after(ALMOST_ONE).next).toEqual({ kind: 'after', delayMs: expect.closeTo(mostMs / 2, 3) });
});

test.each<SendOutcome>([
  { kind: 'taken', code: 200 },
  { kind: 'rejected', message: 'the collector answered 400' },
])('after a report that was $kind the next one is sent with the next round, and failures are forgotten', (outcome) => {
  expect(afterSend(outcome, { failureStreak: 7, intervalMs: 60_000, random: 0 })).toEqual({
    failureStreak: 0,
    next: { kind: 'with-round' },
  });
});

test.each([
  { what: 'is obeyed', retryAfterMs: 20_000, random: 0, delayMs: 20_000 },
  { what: 'is spread by up to a quarter', retryAfterMs: 20_000, random: 0.8, delayMs: 24_000 },
  { what: 'never shortens the pause', retryAfterMs: 0, random: 0, delayMs: 1_000 },
  { what: 'at its bound is obeyed', retryAfterMs: 300_000, random: 0, delayMs: 300_000 },
  { what: 'above its bound is cut', retryAfterMs: 300_001, random: 0, delayMs: 300_000 },
])('Retry-After $what', ({ retryAfterMs, random, delayMs }) => {
  const outcome: SendOutcome = { kind: 'unavailable', message: 'busy', retryAfterMs };
  const { next } = afterSend(outcome, { failureStreak: 0, intervalMs: 60_000, random });
  expect(next).toEqual({ kind: 'after', delayMs: expect.closeTo(delayMs, 3) });
});

test.each([
  { header: undefined, ms: null },
  { header: '7', ms: 7_000 },
  { header: '0', ms: 0 },
  { header: '-7', ms: null },
  { header: 'soon', ms: null },
  { header: '', ms: null },
  { header: 'Thu, 01 Jan 1970 00:01:00 GMT', ms: 50_000 },
  { header: 'Thu, 01 Jan 1970 00:00:01 GMT', ms: 0 },
])('Retry-After of $header is $ms ms', ({ header, ms }) => {
  expect(parseRetryAfterMs(header, 'Thu, 01 Jan 1970 00:00:10 GMT')).toBe(ms);
});

test('a Retry-After with a date is left out where the answer has no date to compare it with', () => {
  expect(parseRetryAfterMs('Thu, 01 Jan 1970 00:01:00 GMT', undefined)).toBeNull();
  expect(parseRetryAfterMs('7', undefined)).toBe(7_000);
});
