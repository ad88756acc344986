/** What the connectivity activities return, and what somebody may have completed them with. */

import { expect, test } from '@jest/globals';
import { anything, assert, property } from 'fast-check';
import { CONNECTIVITY_RESULTS } from './activity-results.ts';

const alarmed = { node: { name: 'n', uid: 'u' }, os: null, sinceMs: 1 };

test.each<[keyof typeof CONNECTIVITY_RESULTS, unknown, boolean]>([
  ['evaluateConnectivity', { kind: 'unavailable', atMs: 1, message: 'away' }, true],
  ['evaluateConnectivity', { kind: 'unavailable' }, false],
  ['evaluateConnectivity', { kind: 'verdict', verdict: {} }, false],
  ['recordNodeConnectivity', { outcomes: ['written', 'a newer word'] }, true],
  ['recordNodeConnectivity', { outcomes: [1] }, false],
  ['restartHealOfNode', { kind: 'left-alone' }, true],
  ['restartHealOfNode', { kind: 'restarted', windowMs: 1 }, true],
  ['restartHealOfNode', { kind: 'restarted' }, false],
  ['findAlarmedNodes', [alarmed, { ...alarmed, os: '' }], true],
  ['findAlarmedNodes', [{ ...alarmed, os: 5 }], false],
  ['findAlarmedNodes', [{ ...alarmed, node: null }], false],
  ['findAlarmedNodes', [{ ...alarmed, node: { name: 'No Node', uid: 'u' } }], false],
  ['findAlarmedNodes', [{ ...alarmed, node: { name: 'n', uid: '' } }], false],
])('%s with %j: %s', (name, result, ok) => {
  expect(CONNECTIVITY_RESULTS[name](result, 'result').length === 0).toBe(ok);
});

test('whatever comes, no check throws', () => {
  assert(
    property(anything({ withNullPrototype: true, withBigInt: false }), (found) => {
      for (const check of Object.values(CONNECTIVITY_RESULTS)) {
        expect(Array.isArray(check(found, 'result'))).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});
