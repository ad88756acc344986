/** The gate of the alerts: each limit of what is known, and that nothing unknown opens it. */

import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  type AlertHistory,
  type AlertingRule,
  type AlertRules,
  alerting,
  describeAlerts,
  judgeAlerts,
  MINUTE_MS,
  restartGrace,
} from './alert-gate.ts';
import { parseLabelMatcher } from './label-matchers.ts';

const NOW_MS = Date.UTC(2026, 5, 10, 12);
const minutes = (...ends: readonly number[]) => ends.map((end) => NOW_MS - end * MINUTE_MS);
const TEN = minutes(9, 8, 7, 6, 5, 4, 3, 2, 1, 0);

const QUIET: AlertHistory = {
  minutes: TEN,
  heartbeatMinutes: TEN,
  alerts: [],
  startedMs: NOW_MS - 86_400_000,
  graceMs: 300_000,
};
const RULES: AlertRules = {
  match: ['severity=~"critical|warning"'].flatMap((text) => parseLabelMatcher(text) ?? []),
  ignore: ['InfoInhibitor'],
  heartbeat: 'Watchdog',
  restartGraceMs: 3_600_000,
};

const judge = (change: Partial<AlertHistory>) => judgeAlerts({ ...QUIET, ...change }, RULES);

test('M34: ten minutes with the heartbeat and without an alert are quiet', () => {
  expect(judge({})).toEqual({ kind: 'quiet' });
  expect(describeAlerts(judge({}))).toBeNull();
});

test('M34: an alert of any minute counts, also one that is over', () => {
  const verdict = judge({ alerts: [{ name: 'DiskFull', minutes: minutes(9) }] });
  expect(verdict).toEqual({ kind: 'alerting', names: ['DiskFull'], count: 1, lastMs: NOW_MS - 9 * MINUTE_MS });
  expect(describeAlerts(verdict)).toBe(
    'alerts fire, the last one in the minute before 2026-06-10 11:51:00 UTC: DiskFull',
  );
});

test('M34: an alert is named although the heartbeat is gone', () => {
  expect(judge({ heartbeatMinutes: [], alerts: [{ name: 'DiskFull', minutes: minutes(0) }] })).toMatchObject({
    kind: 'alerting',
  });
});

test('M34: of many alerts ten are named, each once', () => {
  const names = Array.from({ length: 12 }, (_, index) => `Alert${String.fromCodePoint(76 - index)}`);
  const verdict = alerting([...names, ...names], NOW_MS);
  expect(verdict).toMatchObject({ count: 12, names: names.toSorted().slice(0, 10) });
  expect(describeAlerts(verdict)).toContain('AlertA, AlertB');
  expect(describeAlerts(verdict)).toMatch(/ and 2 more$/);
});

test.each([0, 5, 9])('M34: without the heartbeat in the minute %i from the end it is unknown', (missing) => {
  const verdict = judge({ heartbeatMinutes: TEN.filter((atMs) => atMs !== NOW_MS - missing * MINUTE_MS) });
  expect(describeAlerts(verdict)).toMatch(/^it is not known whether alerts fire: the alert Watchdog did not fire in/);
});

test('M34: where no minute was asked for it is unknown', () => {
  expect(judge({ minutes: [], heartbeatMinutes: [] })).toMatchObject({ kind: 'unknown' });
});

/** The minutes are those that end 9 to 0 minutes ago; the grace is 5 minutes. */
test.each([
  // The last minute asked for begins as the grace ends.
  [15 * MINUTE_MS, 'quiet'],
  [15 * MINUTE_MS - 1, 'unknown'],
  [7 * MINUTE_MS, 'unknown'],
  [1, 'unknown'],
  // What was asked for is older than the restart: the program before may have begun as shortly before.
  [0, 'unknown'],
])('M34: evaluated since %i ms before the end: %s', (agoMs, kind) => {
  expect(judge({ startedMs: NOW_MS - agoMs })).toMatchObject({ kind });
});

test('M34: where no rule waits before it fires, a restart hides nothing', () => {
  expect(judge({ startedMs: NOW_MS - MINUTE_MS, graceMs: 0 })).toEqual({ kind: 'quiet' });
});

const rule = (name: string, forMs: number, labels: AlertingRule['labels'] = {}): AlertingRule => ({
  name,
  forMs,
  labels,
});

test.each<[string, readonly AlertingRule[], number]>([
  ['there is no rule', [], 0],
  ['one counts', [rule('A', 60_000, { severity: 'critical' }), rule('B', 30_000, { severity: 'warning' })], 60_000],
  [
    'the longest does not count',
    [rule('A', 60_000, { severity: 'critical' }), rule('B', 90_000, { severity: 'info' })],
    60_000,
  ],
  [
    'the longest is ignored',
    [rule('A', 60_000, { severity: 'critical' }), rule('InfoInhibitor', 90_000, { severity: 'warning' })],
    60_000,
  ],
  ['the longest is the heartbeat', [rule('Watchdog', 90_000)], 0],
  ['its label is not known', [rule('A', 90_000)], 90_000],
  ['its label is a template', [rule('A', 90_000, { severity: '{{ $labels.severity }}' })], 90_000],
  ['it is longer than the limit', [rule('A', 3_600_001, { severity: 'critical' })], 3_600_000],
])('M34: the grace after a restart, where %s', (_what, found, expected) => {
  expect(restartGrace(found, RULES)).toBe(expected);
});

test('M34: whatever is asked and answered, only known minutes without an alert are quiet', () => {
  const anyMinutes = fc.subarray(TEN);
  fc.assert(
    fc.property(
      anyMinutes,
      anyMinutes,
      fc.array(fc.record({ name: fc.constantFrom('A', 'B'), minutes: anyMinutes }), { maxLength: 2 }),
      fc.integer({ min: -5, max: 30 }),
      fc.integer({ min: 0, max: 10 }),
      (asked, beats, alerts, startedAgo, grace) => {
        const startedMs = NOW_MS - startedAgo * MINUTE_MS;
        const graceMs = grace * MINUTE_MS;
        const isKnown = (endMs: number) =>
          beats.includes(endMs) && (endMs - MINUTE_MS >= startedMs + graceMs || graceMs === 0);
        const isQuiet = asked.length > 0 && asked.every(isKnown) && alerts.every((alert) => alert.minutes.length === 0);
        const verdict = judgeAlerts({ minutes: asked, heartbeatMinutes: beats, alerts, startedMs, graceMs }, RULES);
        expect(verdict.kind === 'quiet').toBe(isQuiet);
      },
    ),
    { numRuns: 2_000 },
  );
});
