/** What makes a process ready. */

import { expect, test } from '@jest/globals';

import { informerProblem } from './informer-problem.ts';
import { readinessOf } from './readiness.ts';

test('H19: ready only when every check is; the others say what is missing', () => {
  const fine = readinessOf({ worker: () => null, nodes: () => null });
  expect(fine()).toEqual({ ready: true, checks: { worker: 'ok', nodes: 'ok' } });
  const lame = readinessOf({ worker: () => null, temporal: () => 'connection refused' });
  expect(lame()).toEqual({ ready: false, checks: { worker: 'ok', temporal: 'connection refused' } });
});

test.each([
  [{ synced: false, failuresInARow: 0, lastError: null }, 'the nodes were not listed yet'],
  [{ synced: false, failuresInARow: 1, lastError: '403' }, 'the nodes were not listed yet: 403'],
  [{ synced: true, failuresInARow: 2, lastError: 'closed' }, null],
  [{ synced: true, failuresInARow: 3, lastError: 'closed' }, 'the nodes are not watched: closed'],
])('judges the informer %j', (signs, expected) => {
  expect(informerProblem(signs)).toBe(expected);
});
