/** Results of checks: the worst finding counts, and what is accepted with reason and date does not block. */

import { describe, expect, test } from '@jest/globals';
import { isBlocking } from '../check.ts';
import { type Acceptance, checkResult, type Finding } from './finding.ts';

const NOW_MS = 1_000_000;
const finding = (answer: Finding['answer'], object: string): Finding => ({
  answer,
  object,
  detail: `${object} is bad`,
});
const accept = (changes: Partial<Acceptance> = {}): Acceptance => ({
  check: 'webhooks',
  objects: ['a'],
  reason: 'CHG-4711',
  untilMs: NOW_MS + 1,
  ...changes,
});
const result = (findings: readonly Finding[], rules: readonly Acceptance[] = []) =>
  checkResult('webhooks', { findings, fine: 'all are well' }, { accept: rules, nowMs: NOW_MS });

test('M7: without a finding a check is ok, and says what it looked at', () => {
  expect(result([])).toEqual({ check: 'webhooks', answer: 'ok', objects: [], detail: 'all are well', accepted: null });
});

test.each<[readonly Finding['answer'][], string, boolean]>([
  [['warn'], 'warn', false],
  [['warn', 'unknown'], 'unknown', true],
  [['unknown', 'block', 'warn'], 'block', true],
])('M7: of %j the worst counts: %s, blocking: %s', (answers, worst, blocks) => {
  const found = result(answers.map((answer, index) => finding(answer, `object-${index}`)));
  expect([found.answer, isBlocking(found)]).toEqual([worst, blocks]);
});

test('M7: the objects are named, the worst first', () => {
  const found = result([finding('warn', 'c'), finding('block', 'a'), finding('block', 'a')]);
  expect(found).toMatchObject({ objects: ['a', 'c'], detail: 'a: a is bad; a: a is bad; c: c is bad' });
});

describe('what is accepted', () => {
  test.each<[string, readonly Finding[], readonly Acceptance[], boolean]>([
    ['its object', [finding('block', 'a')], [accept()], true],
    ['what is unknown of its object', [finding('unknown', 'a')], [accept()], true],
    ['whatever a check finds', [finding('block', 'a'), finding('block', 'b')], [accept({ objects: null })], true],
    [
      'objects of two lines',
      [finding('block', 'a'), finding('block', 'b')],
      [accept(), accept({ objects: ['b'] })],
      true,
    ],
    ['its object beside a warning', [finding('block', 'a'), finding('warn', 'b')], [accept()], true],
    ['another object', [finding('block', 'b')], [accept()], false],
    ['one object of two', [finding('block', 'a'), finding('block', 'b')], [accept()], false],
    ['an object of another check', [finding('block', 'a')], [accept({ check: 'budgets' })], false],
    ['an object whose time is over', [finding('block', 'a')], [accept({ untilMs: NOW_MS })], false],
  ])('M7: %s', (_, findings, rules, passes) => {
    const found = result(findings, rules);
    expect([found.accepted !== null, isBlocking(found)]).toEqual([passes, !passes]);
  });

  test('M7: the reasons and the earliest end are in the result', () => {
    const rules = [accept(), accept({ objects: ['b'], reason: 'known', untilMs: NOW_MS + 5 })];
    expect(result([finding('block', 'a'), finding('block', 'b')], rules).accepted).toEqual({
      reason: 'CHG-4711; known',
      untilMs: NOW_MS + 1,
    });
  });

  test('M7: a warning needs no acceptance, and has none', () => {
    expect(result([finding('warn', 'a')], [accept()]).accepted).toBeNull();
  });
});

test('M7: of three hundred objects the first two hundred are named, and one beyond them still blocks', () => {
  const names = Array.from({ length: 300 }, (_, index) => `object-${index}`);
  const found = result(
    names.map((name) => finding('block', name)),
    [accept({ objects: names.slice(0, 200) })],
  );
  expect([found.objects.length, isBlocking(found)]).toEqual([200, true]);
  expect(found.detail).toContain('and 280 more');
});
