/** What the input of a fleet's upgrade may be. */

import { expect, test } from '@jest/globals';
import { fleetInput } from '../../tests/fixtures/upgrade.ts';
import { parseUpgradeFleetInput } from './fleet-parser.ts';

const INPUT = fleetInput();
const [FIRST] = INPUT.stages;

test('an input is accepted as it is', () => {
  expect(parseUpgradeFleetInput(structuredClone(INPUT))).toEqual({ ok: true, value: INPUT });
});

test.each([
  ['run', { ...INPUT, run: 'Not a label' }],
  ['kubernetes', { ...INPUT, versions: { ...INPUT.versions, kubernetes: '1.37.2' } }],
  ['parts', { ...INPUT, parts: [] }],
  ['parts', { ...INPUT, parts: ['etcd'] }],
  ['stages', { ...INPUT, stages: [] }],
  ['clusters', { ...INPUT, stages: [{ ...FIRST, clusters: [] }] }],
  ['parallelMax', { ...INPUT, stages: [{ ...FIRST, parallelMax: 0 }] }],
  ['the stage sandbox is there twice', { ...INPUT, stages: [FIRST, { ...FIRST, clusters: ['other'] }] }],
  ['the cluster sandbox-a is there twice', { ...INPUT, stages: [FIRST, { ...FIRST, name: 'other' }] }],
  [
    'the soak of sandbox must have a deadlineMs of at least its forMs',
    { ...INPUT, stages: [{ ...FIRST, soak: { forMs: 120_000, resetsMax: 3, deadlineMs: 119_999 } }] },
  ],
  ['onUnreachable', { ...INPUT, onUnreachable: 'wait' }],
  ['startedBy', { ...INPUT, startedBy: '' }],
  ['unknown key', { ...INPUT, emulate: true }],
])('an input with a wrong %s is refused with that word', (word, input) => {
  const found = parseUpgradeFleetInput(input);
  expect(found.ok ? [] : found.problems).toEqual(expect.arrayContaining([expect.stringContaining(word)]));
});

test('an artifact is taken with a whole sum only', () => {
  const artifact = { name: 'kubelet', url: 'https://example.org/kubelet', path: '/usr/bin/kubelet', mode: '0755' };
  const withSum = (sha256: string) =>
    parseUpgradeFleetInput({ ...INPUT, versions: { ...INPUT.versions, artifacts: [{ ...artifact, sha256 }] } }).ok;
  expect([withSum('a'.repeat(64)), withSum('a'.repeat(63)), withSum('A'.repeat(64))]).toEqual([true, false, false]);
});
