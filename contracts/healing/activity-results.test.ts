/** What activities return, and what somebody may have completed them with. */

import { expect, test } from '@jest/globals';
import { anything, assert, property } from 'fast-check';
import { HEALING_RESULTS } from './activity-results.ts';

const facts = { name: 'n', uid: 'u', windows: true, ready: true, healed: false, disabled: false, readyChangedMs: null };
const node = { kind: 'present', facts };
const pod = { name: 'p', uid: 'p-1', attempt: 1 };
const judgement = { podName: 'p', level: 2, detail: 'sandbox ready' };

test.each<[keyof typeof HEALING_RESULTS, unknown, boolean]>([
  ['observeNode', node, true],
  ['observeNode', { kind: 'gone' }, true],
  ['observeNode', { kind: 'present' }, false],
  ['beginHealing', { node, outcome: { kind: 'created', pod } }, true],
  ['beginHealing', { node, outcome: { kind: 'created' } }, false],
  ['beginHealing', { node, outcome: { kind: 'skipped' }, eventProblem: 5 }, false],
  ['beginHealing', undefined, false],
  ['attemptPod', { node, judgement: null, outcome: { kind: 'skipped' } }, true],
  ['attemptPod', { node, judgement, outcome: { kind: 'rejected', status: 403, message: 'no' }, newer: 1 }, true],
  ['attemptPod', { node, judgement, outcome: { kind: 'rejected', status: 403 } }, false],
  ['attemptPod', { node, judgement: { ...judgement, detail: 1 }, outcome: { kind: 'skipped' } }, false],
  ['concludeHealing', { judgement, nodeVersion: null }, true],
  ['concludeHealing', { judgement, nodeVersion: '1', node: 'x' }, false],
  ['annotateNode', { kind: 'annotated' }, true],
  ['annotateNode', 'annotated', false],
  ['recordHealingEvent', undefined, true],
  ['recordHealingEvent', null, true],
  ['cleanUpCancelled', undefined, true],
])('%s with %j: %s', (name, result, ok) => {
  expect(HEALING_RESULTS[name](result, 'result').length === 0).toBe(ok);
});

test('whatever comes, no check throws', () => {
  assert(
    property(anything({ withNullPrototype: true, withBigInt: false }), (found) => {
      for (const check of Object.values(HEALING_RESULTS)) {
        expect(Array.isArray(check(found, 'result'))).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});
