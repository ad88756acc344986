/** Which approvals count: each flaw by itself, at its limit. */

import { expect, test } from '@jest/globals';
import { type Approval, type ApprovalRules, approvalAnswer } from './approvals.ts';

const NOW_MS = Date.UTC(2026, 11, 8, 18);
const DIGEST = `sha256:${'a'.repeat(64)}`;
const QUESTION = { run: 'run-1', planDigest: DIGEST, startedBy: 'anna', nowMs: NOW_MS };
const RULES: ApprovalRules = { required: true, count: 1, notByStarter: true };

const approval = (by: string, change: Partial<Approval> = {}): Approval => ({
  run: 'run-1',
  planDigest: DIGEST,
  decision: 'approve',
  by,
  comment: 'CHG-4711',
  notAfterMs: null,
  ...change,
});
const answer = (approvals: readonly Approval[], rules: Partial<ApprovalRules> = {}) =>
  approvalAnswer(approvals, { ...RULES, ...rules }, QUESTION);

test('M37: where the cluster demands none, none is looked at', () => {
  expect(answer([approval('bob', { decision: 'reject' })], { required: false })).toEqual({ kind: 'not-needed' });
});

test('M37: one that counts is enough, and is named', () => {
  expect(answer([approval('bob')])).toEqual({ kind: 'approved', by: ['bob'] });
  expect(answer([])).toEqual({ kind: 'waiting', detail: `0 of 1 approvals of the plan ${DIGEST}` });
});

test.each<[string, Partial<Approval>, string]>([
  ['another plan', { planDigest: `sha256:${'b'.repeat(64)}` }, 'it is for another plan'],
  ['an expiry that is now', { notAfterMs: NOW_MS }, 'it expired at 2026-12-08 18:00:00 UTC'],
])('M37: one with %s does not count, and the answer says why', (_what, change, why) => {
  expect(answer([approval('bob', change)])).toEqual({
    kind: 'waiting',
    detail: `0 of 1 approvals of the plan ${DIGEST}, not counted are bob: ${why}`,
  });
});

test('M37: one of another run is none at all, and one that expires a moment later counts', () => {
  expect(answer([approval('bob', { run: 'run-2' })])).toMatchObject({
    kind: 'waiting',
    detail: expect.not.stringContaining('bob'),
  });
  expect(answer([approval('bob', { notAfterMs: NOW_MS + 1 })])).toMatchObject({ kind: 'approved', by: ['bob'] });
});

test('M37: where two are needed, a person counts once, and who started the run does not', () => {
  const two = { count: 2 };
  expect(answer([approval('bob'), approval('bob')], two)).toMatchObject({ kind: 'waiting' });
  expect(answer([approval('bob'), approval('anna')], two)).toEqual({
    kind: 'waiting',
    detail: `1 of 2 approvals of the plan ${DIGEST}, by bob, not counted are anna: the same person started the run`,
  });
  expect(answer([approval('bob'), approval('anna')], { ...two, notByStarter: false })).toEqual({
    kind: 'approved',
    by: ['anna', 'bob'],
  });
  expect(answer([approval('carl'), approval('bob')], two)).toEqual({ kind: 'approved', by: ['bob', 'carl'] });
});

test.each<[string, number, readonly (readonly [by: string, untilMs: number | null])[], number | undefined]>([
  ['the only one has no end', 1, [['bob', null]], undefined],
  ['the only one ends', 1, [['bob', 5]], 5],
  [
    'a person approved again',
    1,
    [
      ['bob', 9],
      ['bob', 5],
    ],
    9,
  ],
  [
    'a person approved again without an end',
    1,
    [
      ['bob', 5],
      ['bob', null],
    ],
    undefined,
  ],
  [
    'there is one more than is needed',
    1,
    [
      ['bob', 5],
      ['carl', 9],
    ],
    9,
  ],
  [
    'the second of two ends first',
    2,
    [
      ['bob', null],
      ['carl', 5],
    ],
    5,
  ],
  [
    'the first of three ends',
    2,
    [
      ['bob', 5],
      ['carl', 7],
      ['dora', 9],
    ],
    7,
  ],
  ['one of two is there, and ends', 2, [['bob', 5]], 5],
  ['none is there', 2, [], undefined],
])('M37: where %s the answer says when the approvals are too few', (_what, count, given, untilMs) => {
  const approvals = given.map(([by, afterMs]) =>
    approval(by, { notAfterMs: afterMs === null ? null : NOW_MS + afterMs }),
  );
  const expected = untilMs === undefined ? {} : { untilMs: NOW_MS + untilMs };
  const { kind, ...found } = answer(approvals, { count });
  expect(kind).toBe(new Set(given.map(([by]) => by)).size < count ? 'waiting' : 'approved');
  expect({ untilMs: undefined, ...found }.untilMs).toBe(expected.untilMs);
});

test('M37: an approval that does not count has no end that matters', () => {
  const other = approval('carl', { planDigest: `sha256:${'b'.repeat(64)}`, notAfterMs: NOW_MS + 1 });
  expect(answer([approval('bob'), other])).toEqual({ kind: 'approved', by: ['bob'] });
});

test('M37: a rejection of the plan is a no, of another plan it is nothing', () => {
  const rejection = approval('carl', { decision: 'reject', comment: 'not this week' });
  expect(answer([approval('bob'), rejection])).toEqual({ kind: 'rejected', by: 'carl', comment: 'not this week' });
  expect(answer([approval('bob'), { ...rejection, planDigest: 'sha256:b' }])).toEqual({
    kind: 'approved',
    by: ['bob'],
  });
});
