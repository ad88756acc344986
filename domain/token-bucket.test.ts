/** The bucket below, at and above its limits. */

import { expect, test } from '@jest/globals';
import { fullBucket, isFull, type TokenBucket, takeToken } from './token-bucket.ts';

const RULES = { capacity: 2, perSecond: 4 };

function taken(bucket: TokenBucket, nowMs: number): TokenBucket {
  const taking = takeToken(bucket, RULES, nowMs);
  if (taking.kind === 'empty') throw new Error(`empty for ${taking.waitSeconds} s`);
  return taking.bucket;
}

const empty = taken(taken(fullBucket(RULES, 1_000), 1_000), 1_000);

test.each([
  [999, 0.25],
  [1_000, 0.25],
  [1_125, 0.125],
  [1_249, 0.001],
])('an empty bucket gives nothing after %i ms and says how long it takes', (nowMs, waitSeconds) => {
  const taking = takeToken(empty, RULES, nowMs);
  expect(taking).toEqual({ kind: 'empty', waitSeconds: expect.closeTo(waitSeconds) });
});

test.each([
  [1_250, 0],
  [1_500, 1],
  [9_000, 1],
])('at %i ms a token is there, and %i are left', (nowMs, tokens) => {
  expect(taken(empty, nowMs)).toEqual({ tokens, atMs: nowMs });
});

test.each([
  [1_499, false],
  [1_500, true],
  [1_501, true],
])('at %i ms it is full: %s', (nowMs, full) => {
  expect(isFull(empty, RULES, nowMs)).toBe(full);
});
