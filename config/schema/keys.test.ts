/** Durations as they are written in the configuration. */

import { expect, test } from '@jest/globals';

import { formatDuration, parseDurationMs } from './keys.ts';

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['1.5s', 1_500],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['1d', 86_400_000],
  ['0s', 0],
])('reads %s as %d ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});

test.each(['', '30', 's', '-1s', '30 s', '30S', '1h30m', '1w', 'constructor'])('does not read %j', (text) => {
  expect(parseDurationMs(text)).toBeNull();
});

test.each([
  [100, '100ms'],
  [30_000, '30s'],
  [90_000, '90s'],
  [1_800_000, '30m'],
  [86_400_000, '1d'],
])('shows %d ms as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
