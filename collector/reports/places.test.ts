/** Who gets a place: tables with the value below, at and above each limit. */

import { expect, test } from '@jest/globals';
import { placeFor, STRANGERS_MAX } from './places.ts';

const MAX = 1_000;

test.each([
  [0, MAX - 1, 'free'],
  [STRANGERS_MAX, MAX - 1, 'free'],
  [10 * MAX, MAX - 1, 'free'],
  [0, MAX, 'none'],
])('an expected agent beside %i strangers and %i expected ones: %s', (strangers, expected, kind) => {
  expect(placeFor({ isExpected: true }, { agentsMax: MAX, expected, strangers, arePodsKnown: true })).toEqual({ kind });
});

test.each([
  [STRANGERS_MAX - 1, 'free'],
  [STRANGERS_MAX, 'of-a-stranger'],
  [STRANGERS_MAX + 1, 'of-a-stranger'],
])('a stranger beside %i strangers, whatever expected agents there are: %s', (strangers, kind) => {
  for (const expected of [0, MAX, MAX + 1]) {
    const occupancy = { agentsMax: MAX, expected, strangers, arePodsKnown: true };
    expect(placeFor({ isExpected: false }, occupancy)).toEqual({ kind });
  }
});

test.each([
  [2, 'free'],
  [3, 'of-a-stranger'],
])('strangers are never more than agents.max: with %i of 3 %s', (strangers, kind) => {
  expect(placeFor({ isExpected: false }, { agentsMax: 3, expected: 0, strangers, arePodsKnown: true })).toEqual({
    kind,
  });
});

test.each([
  [false, 400, 599, 'free'],
  [false, 400, 600, 'none'],
  [true, 400, 599, 'free'],
  [true, 400, 600, 'of-a-stranger'],
  [true, MAX, 0, 'none'],
])(
  'while pods are not known every agent may have any place: expected %s, %i and %i: %s',
  (isExpected, expected, strangers, kind) => {
    expect(placeFor({ isExpected }, { agentsMax: MAX, expected, strangers, arePodsKnown: false })).toEqual({ kind });
  },
);
