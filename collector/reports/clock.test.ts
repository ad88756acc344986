/** Ages do not change when the wall clock steps, and what people see is right by the clock as it is. */

import { expect, test } from '@jest/globals';
import { createReportClock } from './clock.ts';

const DAY_MS = 86_400_000;
const WALL_MS = 1_800_000_000_000;

function setUp() {
  const at = { steadyMs: 5_000, wallMs: WALL_MS };
  const clock = createReportClock({ steadyMs: () => at.steadyMs, wallMs: () => at.wallMs });
  return { at, clock };
}

test.each([-365 * DAY_MS, -DAY_MS, -1, 0, 1, DAY_MS, 365 * DAY_MS])(
  'a wall clock that steps by %i ms changes no age, but the times that are shown',
  (stepMs) => {
    const { at, clock } = setUp();
    const takenMs = clock.nowMs();
    at.steadyMs += 30_000;
    at.wallMs += 30_000 + stepMs;
    expect(clock.nowMs() - takenMs).toBe(30_000);
    expect(clock.toWallMs(takenMs)).toBe(at.wallMs - 30_000);
  },
);

test.each([
  [-1, 0],
  [0, 0],
  [DAY_MS, DAY_MS],
])('a time of an earlier run that is %i ms ahead is where the clock starts', (aheadMs, expectedMs) => {
  const { at, clock } = setUp();
  clock.notBefore(WALL_MS + aheadMs);
  expect(clock.nowMs()).toBe(WALL_MS + expectedMs);
  // It is not shown as a time in the future.
  expect(clock.toWallMs(clock.nowMs())).toBe(at.wallMs);
});
