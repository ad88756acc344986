/** Rounds of reboots: in order, not too many at once, none twice. */

import { expect, test } from '@jest/globals';
import { nodeRef } from '../../tests/fixtures/nodes.ts';
import { AT_ONCE_MAX, afterEnding, NEW_LEDGER, type RebootLedger, rebootRound, withAsked } from './reboot-round.ts';
import type { RebootCandidate } from './reboots.ts';

const NOW_MS = Date.UTC(2026, 5, 10, 12);
const HOUR_MS = 3_600_000;
const MOMENT = { rules: { maxUptimeMs: null, minUptimeMs: HOUR_MS }, nowMs: NOW_MS, isPaused: false };

function needy(name: string, change: Partial<RebootCandidate> = {}): RebootCandidate {
  return {
    node: nodeRef(name),
    group: 'workers',
    groupIndex: 0,
    bootId: '',
    host: {
      reportedMs: NOW_MS,
      uptimeSeconds: 864_000,
      bootId: null,
      sentinel: { state: 'present', changedMs: NOW_MS - HOUR_MS },
    },
    isAskedFor: false,
    conditions: [],
    blockingPods: [],
    otherTools: [],
    isInWork: false,
    gate: { isOpen: true, reasons: [] },
    ...change,
  };
}
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => needy(`node-${String(index).padStart(3, '0')}`));

/** The ledger after the maintenances of a round have begun. */
function begun(ledger: RebootLedger, candidates: readonly RebootCandidate[], nowMs = NOW_MS): RebootLedger {
  const round = rebootRound(ledger, candidates, { ...MOMENT, nowMs });
  return round.starts.reduce(withAsked, round.ledger);
}
const namesOf = (starts: readonly { readonly node: { readonly name: string } }[]) =>
  starts.map(({ node }) => node.name);

test('M43: the first of the order are started, as many as may be at once', () => {
  const candidates = many(AT_ONCE_MAX + 5);
  const { starts, rows } = rebootRound(NEW_LEDGER, candidates.toReversed(), MOMENT);
  expect(namesOf(starts)).toEqual(namesOf(candidates.slice(0, AT_ONCE_MAX)));
  expect(starts.map(({ askedMs }) => askedMs)).toEqual(starts.map((_one, place) => NOW_MS + place));
  expect(rows).toHaveLength(AT_ONCE_MAX + 5);
  const ledger = begun(NEW_LEDGER, candidates);
  expect(rebootRound(ledger, candidates, MOMENT).starts).toEqual([]);
  const [first, second] = candidates;
  if (first === undefined || second === undefined) throw new Error('there are none');
  const freed = afterEnding(ledger, { node: first.node, outcome: 'node-gone' }, NOW_MS);
  expect(namesOf(rebootRound(freed, candidates, MOMENT).starts)).toEqual([
    `node-${String(AT_ONCE_MAX).padStart(3, '0')}`,
  ]);
});

test('M43: a node that waits for a window or for its pods takes nobody’s place', () => {
  const closed = { isOpen: false, reasons: ['frozen'] };
  const waiting = many(AT_ONCE_MAX + 1).map((one, index) => ({
    ...one,
    ...(index % 2 === 0 ? { gate: closed } : { blockingPods: ['a/b'] }),
  }));
  const { starts, rows } = rebootRound(NEW_LEDGER, [...waiting, needy('z')], MOMENT);
  expect(namesOf(starts)).toEqual(['z']);
  expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(['gate-closed', 'blocked', 'reboot']));
});

test('while it is paused nothing is started, and who needs a reboot is still shown', () => {
  const { starts, rows } = rebootRound(NEW_LEDGER, many(2), { ...MOMENT, isPaused: true });
  expect(starts).toEqual([]);
  expect(rows.map(({ kind }) => kind)).toEqual(['reboot', 'reboot']);
});

test('M43: what was asked for is in work until its end is known, then its sentinel is served', () => {
  const one = needy('a');
  const ledger = begun(NEW_LEDGER, [one]);
  expect(rebootRound(ledger, [one], MOMENT).rows).toMatchObject([{ node: 'a', kind: 'in-work' }]);
  const later = { ...MOMENT, nowMs: NOW_MS + 2 * HOUR_MS };
  const done = afterEnding(ledger, { node: one.node, outcome: 'done' }, NOW_MS + HOUR_MS);
  expect(done.asked).toEqual([]);
  expect(rebootRound(done, [one], later).rows).toMatchObject([{ kind: 'ineffective' }]);
  const failed = afterEnding(ledger, { node: one.node, outcome: 'undrained' }, NOW_MS + HOUR_MS);
  expect(rebootRound(failed, [one], later).rows).toMatchObject([{ kind: 'reboot' }]);
});

test('an ending of what was not asked for changes nothing', () => {
  const ledger = begun(NEW_LEDGER, [needy('a')]);
  expect(afterEnding(ledger, { node: nodeRef('b'), outcome: 'done' }, NOW_MS)).toBe(ledger);
});

test('a node that was asked for and is asked for again is remembered once', () => {
  const one = needy('a', { isAskedFor: true });
  const first = afterEnding(begun(NEW_LEDGER, [one]), { node: one.node, outcome: 'done' }, NOW_MS);
  const second = begun(first, [one], NOW_MS + 2 * HOUR_MS);
  const ended = afterEnding(second, { node: one.node, outcome: 'done' }, NOW_MS + 2 * HOUR_MS);
  expect(ended.memories).toHaveLength(1);
  expect(rebootRound(ended, [], MOMENT).ledger.memories).toEqual([]);
});
