/** The warning before a pause ends. */

import { expect, test } from '@jest/globals';
import { endsSoon } from './pause-end.ts';

test.each([
  [3_600_001, false],
  [3_600_000, false],
  [3_599_999, true],
  [1, true],
  [0, false],
  [-1, false],
])('M31: with %d ms left a pause ends soon: %s', (leftMs, isSoon) => {
  expect(endsSoon({ untilMs: 10_000_000 + leftMs }, 10_000_000)).toBe(isSoon);
});
