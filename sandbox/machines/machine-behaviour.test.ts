/** What may be said of a machine, and what becomes of it. */

import { expect, test } from '@jest/globals';
import { ACTS_ANNOTATION, actCount, PLAIN_MACHINE_BEHAVIOURS, parseMachineBehaviour } from './machine-behaviour.ts';
import { behaviourIn, machineScript } from './machine-script.ts';

test.each([
  ['reboots', 'reboots'],
  ['returns-late:90s', 'returns-late:90s'],
  ['returns-late:007s', 'returns-late:7s'],
  ['acts-for:12s', 'acts-for:12s'],
  ['acts-late:12s', null],
  ['returns-late:90', null],
  ['returns-late:', null],
  ['explodes', null],
  ['', null],
])('%s is read as %s', (text, behaviour) => {
  expect(parseMachineBehaviour(text)).toBe(behaviour);
});

function kindsOf(...given: Parameters<typeof machineScript>): string {
  return machineScript(...given)
    .map(({ kind }) => kind)
    .join(' ');
}

test.each([
  ['reboots', 'end-pod down pause boot'],
  ['never-returns', 'end-pod down'],
  ['returns-late:90s', 'end-pod down pause boot'],
  ['acts-for:12s', 'pause end-pod down pause boot'],
  ['old-version', 'end-pod down pause boot'],
  ['lies', 'end-pod'],
  ['fails-but-done', 'end-pod down pause boot'],
  ['flaps', `end-pod down pause boot${' pause down pause ready'.repeat(3)}`],
  ['agent-silent', 'end-pod silence-agent down pause boot'],
  ['sentinel-stays', 'end-pod down pause boot'],
  ['gone', 'end-pod down pause delete-node'],
  ['replaced', 'end-pod down pause delete-node add-node'],
] as const)('a machine that is %s: %s', (behaviour, kinds) => {
  expect(kindsOf(behaviour)).toBe(kinds);
});

test('each behaviour differs from a reboot in what its name says, and in nothing else', () => {
  const [ended, down, , boot] = machineScript('reboots');
  expect(machineScript('old-version')).toEqual([ended, down, expect.anything(), { ...boot, exchangesKubelet: false }]);
  expect(machineScript('sentinel-stays')).toEqual([ended, down, expect.anything(), { ...boot, clearsSentinel: false }]);
  expect(machineScript('returns-late:90s')[2]).toEqual({ kind: 'pause', forMs: 90_000 });
  expect(machineScript('acts-for:12s')).toEqual([{ kind: 'pause', forMs: 12_000 }, ...machineScript('reboots')]);
  expect(machineScript('fails-but-done')[0]).toEqual({ kind: 'end-pod', isOk: false });
  expect(PLAIN_MACHINE_BEHAVIOURS.filter((one) => machineScript(one)[0]?.kind !== 'end-pod')).toEqual([]);
});

test('a node without the annotation, or with one that nobody knows, reboots', () => {
  expect(behaviourIn(undefined)).toBe('reboots');
  expect(behaviourIn('explodes')).toBe('reboots');
  expect(behaviourIn('lies')).toBe('lies');
});

test('acts are counted by their pods', () => {
  expect(actCount({})).toBe(0);
  expect(actCount({ [ACTS_ANNOTATION]: 'act-1,act-2' })).toBe(2);
});
