/** Durations at the borders of their units. */

import { expect, test } from '@jest/globals';
import { shortDuration } from './short-duration.ts';

const HOUR_MS = 3_600_000;

test.each([
  [-1, '0s'],
  [999, '0s'],
  [59_999, '59s'],
  [60_000, '1m00s'],
  [HOUR_MS - 1, '59m59s'],
  [HOUR_MS, '1h00m'],
  [24 * HOUR_MS - 1, '23h59m'],
  [24 * HOUR_MS, '1d00h'],
  [76 * HOUR_MS, '3d04h'],
])('%i ms are shown as %s', (durationMs, text) => {
  expect(shortDuration(durationMs)).toBe(text);
});
