/** Percentiles by nearest rank, and numbers from the command line. */

import { expect, test } from '@jest/globals';
import { percentile, UsageError, wholeNumber } from './result.ts';

test.each([
  [[5], 50, 5],
  [[5], 99, 5],
  [[4, 1, 3, 2], 50, 2],
  [[4, 1, 3, 2], 51, 3],
  [[4, 1, 3, 2], 99, 4],
  [[4, 1, 3, 2], 0, 1],
])('%j: the percentile %i is %i', (values, percent, expected) => {
  expect(percentile(values, percent)).toBe(expected);
});

test('an empty list has no percentile', () => {
  expect(() => percentile([], 50)).toThrow('at least one value');
});

test.each(['0', '11', '1.5', 'x', ''])(
  '%j is refused as no whole number from 1 to 10, and the option is named',
  (text) => {
    const parse = () => wholeNumber('--kills', text, { min: 1, max: 10 });
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(`--kills is ${text}; allowed: a whole number from 1 to 10`);
  },
);

test.each(['1', '10'])('%s is accepted as a whole number from 1 to 10', (text) => {
  expect(wholeNumber('--kills', text, { min: 1, max: 10 })).toBe(Number(text));
});
