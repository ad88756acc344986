/** When another collector took a report, whatever its clock and ours say. */

import { expect, test } from '@jest/globals';
import { createWriterClocks } from './writer-clocks.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 10 * DAY_MS;

test.each([-DAY_MS, -3_600_000, 0, 3_600_000, DAY_MS])(
  'reports that are there from the start have the age that their writer gave them, its clock being %i ms ahead',
  (aheadMs) => {
    const clocks = createWriterClocks();
    const taken = (agoMs: number) => ({ clock: 'other', ms: NOW_MS + aheadMs - agoMs });
    clocks.begin([taken(90_000), taken(0), taken(30_000)], NOW_MS);
    expect([0, 30_000, 90_000].map((agoMs) => NOW_MS - clocks.takenMs(taken(agoMs), NOW_MS))).toEqual([
      0, 30_000, 90_000,
    ]);
  },
);

test('writers with different clocks are not compared with each other', () => {
  const clocks = createWriterClocks();
  const ahead = { clock: 'ahead', ms: NOW_MS + DAY_MS };
  const behind = { clock: 'behind', ms: NOW_MS - DAY_MS };
  clocks.begin([ahead, behind], NOW_MS);
  expect(clocks.takenMs(ahead, NOW_MS)).toBe(NOW_MS);
  expect(clocks.takenMs(behind, NOW_MS)).toBe(NOW_MS);
});

test('a report that arrives late has its true age, and none is from the future', () => {
  const clocks = createWriterClocks();
  const offsetMs = 7_000;
  const taken = (ms: number) => ({ clock: 'other', ms: ms - offsetMs });
  expect(clocks.takenMs(taken(NOW_MS), NOW_MS + 5)).toBe(NOW_MS + 5);
  expect(clocks.takenMs(taken(NOW_MS + 1_000), NOW_MS + 1_000)).toBe(NOW_MS + 1_000);
  // The watch was away for a minute.
  const lateMs = clocks.takenMs(taken(NOW_MS + 2_000), NOW_MS + 62_000);
  expect(lateMs - NOW_MS).toBeGreaterThanOrEqual(2_000);
  expect(lateMs - NOW_MS).toBeLessThan(2_100);
});

test.each([-1 / 2_000, 1 / 2_000])('a drift of %d between two clocks makes no report older than it is', (drift) => {
  const clocks = createWriterClocks();
  let worstMs = 0;
  for (let ms = 0; ms < DAY_MS; ms += 60_000) {
    const ourMs = NOW_MS + ms;
    const ageMs = ourMs - clocks.takenMs({ clock: 'other', ms: 500 + ms * (1 + drift) }, ourMs);
    worstMs = Math.max(worstMs, ageMs);
  }
  expect(worstMs).toBeLessThan(100);
});
