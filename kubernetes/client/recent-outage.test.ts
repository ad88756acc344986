/** What a 403 means soon after an outage of the API server. */

import { expect, test } from '@jest/globals';
import type { ClusterFailure } from './cluster-error.ts';
import { createRecentOutage } from './recent-outage.ts';

const forbidden = (status = 403): ClusterFailure => ({
  kind: 'refused',
  status,
  reason: 'Forbidden',
  message: 'create pods: 403 Forbidden',
});

test.each([
  [0, 'unreachable'],
  [9_999, 'unreachable'],
  [10_000, 'refused'],
])('H11: a 403 that comes %i ms after a broken connection is %s', (afterMs, kind) => {
  let nowMs = 5;
  const outage = createRecentOutage(() => nowMs);
  outage.seen();
  nowMs += afterMs;
  expect(outage.judge(forbidden()).kind).toBe(kind);
});

test('without an outage a 403 is a refusal, and so is every other refusal after one', () => {
  const outage = createRecentOutage(() => 0);
  expect(outage.judge(forbidden())).toEqual(forbidden());
  outage.seen();
  expect(outage.judge(forbidden(422))).toEqual(forbidden(422));
});
