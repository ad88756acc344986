/** What activities return, and what somebody may have completed them with. */

import { expect, test } from '@jest/globals';
import { anything, assert, property } from 'fast-check';
import { HEALING_RESULTS } from './activity-results.ts';

const facts = { name: 'n', uid: 'u', windows: true, ready: true, healed: false, disabled: false, readyChangedMs: null };
const node = { kind: 'present', facts };
const pod = { name: 'p', uid: 'p-1', attempt: 1 };
const judgement = { podName: 'p', level: 2, detail: 'sandbox ready' };
const source = { verdict: 'refuted', by: 'node', address: '10.0.0.4', endpoint: 'a', createdMs: 1 };
const probed = (outcome: object) => ({ node, outcome });

test.each<[keyof typeof HEALING_RESULTS, unknown, boolean]>([
  ['observeNode', node, true],
  ['observeNode', { kind: 'gone' }, true],
  ['observeNode', { kind: 'present' }, false],
  ['observeNode', { kind: 'present', facts: { ...facts, createdMs: 1, tainted: true } }, true],
  ['observeNode', { kind: 'present', facts: { ...facts, createdMs: 'yesterday' } }, false],
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
  ['beginOnboarding', { node }, true],
  ['beginOnboarding', { node: { kind: 'gone' }, eventProblem: 'no' }, true],
  ['beginOnboarding', { node, eventProblem: 5 }, false],
  ['beginOnboarding', {}, false],
  ['probePod', probed({ kind: 'judged', judgement }), true],
  ['probePod', probed({ kind: 'judged', judgement: { ...judgement, source } }), true],
  ['probePod', probed({ kind: 'judged', judgement: { ...judgement, source: { ...source, more: 1 } }, newer: 1 }), true],
  ['probePod', probed({ kind: 'judged' }), false],
  ['probePod', probed({ kind: 'judged', judgement: null }), false],
  ['probePod', probed({ kind: 'judged', judgement: { ...judgement, level: '3' } }), false],
  ['probePod', probed({ kind: 'judged', judgement: { ...judgement, source: { ...source, verdict: 'maybe' } } }), false],
  ['probePod', probed({ kind: 'judged', judgement: { ...judgement, source: { ...source, by: 'me' } } }), false],
  ['probePod', probed({ kind: 'judged', judgement: { ...judgement, source: { ...source, createdMs: null } } }), false],
  ['probePod', probed({ kind: 'judged', judgement: { ...judgement, source: null } }), false],
  ['probePod', probed({ kind: 'echo-down', judgement }), true],
  ['probePod', probed({ kind: 'echo-down' }), false],
  ['probePod', probed({ kind: 'rejected', status: 403, message: 'no' }), true],
  ['probePod', probed({ kind: 'rejected', status: 403 }), false],
  ['probePod', probed({ kind: 'vanished' }), true],
  ['probePod', probed({ kind: 'skipped' }), true],
  ['probePod', probed({ kind: 'unheard-of' }), false],
  ['probePod', { outcome: { kind: 'skipped' } }, false],
  ['probePod', null, false],
  ['capTaint', { kind: 'removed' }, true],
  ['capTaint', { kind: 'none', newer: 1 }, true],
  ['capTaint', { kind: 'unheard-of' }, false],
  ['capTaint', null, false],
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
