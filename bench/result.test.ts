/** Percentiles by nearest rank. */

import { expect, test } from '@jest/globals';
import { percentile } from './result.ts';

test.each([
  [[5], 50, 5],
  [[5], 99, 5],
  [[4, 1, 3, 2], 50, 2],
  [[4, 1, 3, 2], 51, 3],
  [[4, 1, 3, 2], 99, 4],
  [[4, 1, 3, 2], 0, 1],
])('of %j the percentile %i is %i', (values, percent, expected) => {
  expect(percentile(values, percent)).toBe(expected);
});

test('an empty list has no percentile', () => {
  expect(() => percentile([], 50)).toThrow('at least one value');
});
