/** What of an expectation a node meets; what is not known is not proven. */

import { expect, test } from '@jest/globals';
import { facts, REBOOT, version } from '../../tests/fixtures/maintenance.ts';
import type { ControlPlaneVersion, Expectation, NodeFactsForMaintenance } from './facts.ts';
import { type ActWord, demandsChange, isUnchanged, judgeAct, judgeExpectation, needsHealing } from './prove.ts';

const BASELINE = { kubelet: version('v1.36.3'), bootId: 'boot-1' };
const REBOOTED = { bootId: 'boot-2' };

function missing(expectation: Partial<Expectation>, seen: Partial<NodeFactsForMaintenance>): string {
  const judged = judgeExpectation({ ...REBOOT, ...expectation }, { baseline: BASELINE, facts: facts(seen) });
  expect(judged.isMet).toBe(judged.missing.length === 0);
  return judged.missing.join('; ');
}

test.each<[string, Partial<Expectation>, Partial<NodeFactsForMaintenance>, string]>([
  ['another boot', {}, REBOOTED, ''],
  ['the same boot', {}, {}, 'the machine has not been started again'],
  ['a boot id that nobody says', {}, { bootId: '' }, 'the boot id is not known'],
  ['not Ready', {}, { ...REBOOTED, ready: false }, 'the node is not Ready'],
  ['the old kubelet', { kubelet: version('v1.37.2') }, REBOOTED, 'the kubelet is v1.36.3, not v1.37.2'],
  ['other build metadata', { kubelet: version('v1.36.3+k3s1') }, REBOOTED, 'the kubelet is v1.36.3, not v1.36.3+k3s1'],
  [
    'a kubelet without version',
    { kubelet: version('v1.37.2') },
    { ...REBOOTED, kubelet: null },
    'the kubelet is of an unknown version, not v1.37.2',
  ],
  ['the new kubelet', { kubelet: version('v1.37.2') }, { ...REBOOTED, kubelet: version('v1.37.2') }, ''],
  [
    'a sentinel that stays',
    { sentinelGone: true },
    { ...REBOOTED, sentinel: 'present' },
    'the sentinel of a reboot is present',
  ],
  [
    'a sentinel that nobody reads',
    { sentinelGone: true },
    { ...REBOOTED, sentinel: 'unknown' },
    'the sentinel of a reboot is unknown',
  ],
  ['no agent where agents are', {}, { ...REBOOTED, agents: 'none' }, ''],
  [
    'no agent where one is required',
    { connectivity: 'required' },
    { ...REBOOTED, agents: 'none' },
    'its agents are missing',
  ],
  ['a suppressed agent', {}, { ...REBOOTED, agents: 'suppressed' }, 'its agents are suppressed'],
  ['agents that nobody knows of', {}, { ...REBOOTED, agents: 'unknown' }, 'its agents are unknown'],
  ['failing agents that do not count', { connectivity: 'off' }, { ...REBOOTED, agents: 'failing' }, ''],
])('M18: %s', (_name, expectation, seen, problem) => {
  expect(missing(expectation, seen)).toBe(problem);
});

test.each<[Expectation['healing'], NodeFactsForMaintenance['healing'], boolean]>([
  ['proven', 'proven', true],
  ['proven', 'healed', false],
  ['proven', 'not-healed', false],
  ['proven', 'not-windows', true],
  ['healed', 'healed', true],
  ['healed', 'proven', true],
  ['healed', 'not-healed', false],
  ['off', 'not-healed', true],
])('M23: demanded %s, seen %s: %s', (healing, seen, isMet) => {
  expect(missing({ healing }, { ...REBOOTED, healing: seen }) === '').toBe(isMet);
});

test.each<[string, Expectation['healing'], Partial<NodeFactsForMaintenance>, boolean]>([
  ['of another boot that is not proven', 'proven', { healing: 'not-healed' }, true],
  ['of another boot whose mark may be of the boot before', 'healed', { healing: 'healed' }, true],
  ['that is proven for its boot', 'proven', { healing: 'proven' }, false],
  ['of the same boot', 'proven', { healing: 'not-healed', bootId: 'boot-1' }, false],
  ['whose boot is not known', 'proven', { healing: 'not-healed', bootId: '' }, false],
  ['that nobody heals', 'proven', { healing: 'not-windows' }, false],
  ['of which no healing is demanded', 'off', { healing: 'not-healed' }, false],
])('M23: a node %s (demanded: %s) has to be healed: %j, %s', (_what, healing, seen, isDue) => {
  const found = { baseline: BASELINE, facts: facts({ ...REBOOTED, ...seen }) };
  expect(needsHealing({ ...REBOOT, healing }, found)).toBe(isDue);
});

test('names all that is missing at once', () => {
  expect(
    missing({ sentinelGone: true }, { ready: false, sentinel: 'present', agents: 'failing' }).split('; '),
  ).toHaveLength(4);
});

test('an expectation without a change cannot be met before the act', () => {
  const nothing = { ...REBOOT, bootIdChanged: false };
  expect(demandsChange(nothing)).toBe(false);
  expect(demandsChange({ ...nothing, sentinelGone: true })).toBe(true);
  expect(demandsChange({ ...nothing, kubelet: version('v1.37.2') })).toBe(true);
});

test.each<[Partial<NodeFactsForMaintenance>, boolean]>([
  [{}, true],
  [{ bootId: 'boot-2' }, false],
  [{ kubelet: version('v1.37.2') }, false],
  [{ ready: false }, false],
])('a node with %j is as before: %s', (seen, isSame) => {
  expect(isUnchanged(BASELINE, facts(seen))).toBe(isSame);
});

const FAILED = { failed: 'the pod p failed' };

test.each<[string, Partial<Expectation>, Partial<NodeFactsForMaintenance>, ActWord, string]>([
  ['runs', {}, {}, 'running', 'the act has not ended'],
  ['is over', {}, {}, 'over', ''],
  ['failed on a node that is as before', {}, {}, FAILED, 'the act failed: the pod p failed'],
  ['failed because it started the machine again', {}, REBOOTED, FAILED, ''],
  ['runs where the change has shown', { bootIdChanged: true }, REBOOTED, 'running', ''],
  ['failed where the change has shown', { bootIdChanged: true }, REBOOTED, FAILED, ''],
])('M18: an act that %s (expected: %j, seen: %j)', (_what, expectation, seen, act, lacks) => {
  const expected = { ...REBOOT, bootIdChanged: false, ...expectation };
  const judged = judgeAct(expected, { act, baseline: BASELINE, facts: facts(seen) });
  expect(judged).toEqual({ isMet: lacks === '', missing: lacks === '' ? [] : [lacks] });
});

const SERVER = { binary: version('v1.37.2'), emulated: '1.37' };
const OLD_SERVER = { binary: version('v1.36.3'), emulated: '1.36' };
const EXCHANGED: Expectation = { ...REBOOT, bootIdChanged: false, controlPlane: SERVER };

test.each<[string, ControlPlaneVersion | null, string]>([
  ['the new one', SERVER, ''],
  ['the old one', OLD_SERVER, 'its API server is v1.36.3 as 1.36, not v1.37.2 as 1.37'],
  [
    'the new one as the old one',
    { ...SERVER, emulated: '1.36' },
    'its API server is v1.37.2 as 1.36, not v1.37.2 as 1.37',
  ],
  ['away', null, 'its API server does not answer'],
])('M18, M33: an API server that is %s', (_what, controlPlane, lacks) => {
  const judged = judgeExpectation(EXCHANGED, { baseline: BASELINE, facts: facts({ controlPlane }) });
  expect(judged.missing.join('; ')).toBe(lacks);
});

test('M18: the API server is the first of several programs that an act exchanges, so the act has to be over', () => {
  const seen = { baseline: BASELINE, facts: facts({ controlPlane: SERVER }) };
  expect(judgeAct(EXCHANGED, { act: 'running', ...seen }).missing).toEqual(['the act has not ended']);
  expect(judgeAct(EXCHANGED, { act: 'over', ...seen }).isMet).toBe(true);
  expect(judgeAct(EXCHANGED, { act: FAILED, ...seen }).isMet).toBe(true);
});

test.each<[ControlPlaneVersion | null, boolean]>([
  [OLD_SERVER, true],
  [SERVER, false],
  [null, false],
])('M33: with an API server of before, %j is as before: %s', (controlPlane, isSame) => {
  expect(isUnchanged({ ...BASELINE, controlPlane: OLD_SERVER }, facts({ controlPlane }))).toBe(isSame);
});
