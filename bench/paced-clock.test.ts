/** The faster clock of the benchmarks, before and after it becomes an ordinary one. */

import { expect, test } from '@jest/globals';
import { pacedTimeMs, realTimeMs } from './paced-clock.ts';

const PACE = { startMs: 1_000, factor: 10, endMs: 2_000 };

test.each([
  { realMs: 1_000, pacedMs: 1_000 },
  { realMs: 1_500, pacedMs: 6_000 },
  { realMs: 2_000, pacedMs: 11_000 },
  { realMs: 2_500, pacedMs: 11_500 },
])('$realMs ms are $pacedMs ms on a clock that is ten times as fast until 2000 ms', ({ realMs, pacedMs }) => {
  expect(pacedTimeMs(PACE, realMs)).toBe(pacedMs);
  expect(realTimeMs(PACE, pacedMs)).toBe(realMs);
});

test('a clock without an end stays fast, and shows the same times before the end as one with an end', () => {
  const endless = { ...PACE, endMs: null };
  expect(pacedTimeMs(endless, 3_000)).toBe(21_000);
  expect(realTimeMs(endless, 21_000)).toBe(3_000);
  expect(pacedTimeMs(endless, 1_999)).toBe(pacedTimeMs(PACE, 1_999));
});
