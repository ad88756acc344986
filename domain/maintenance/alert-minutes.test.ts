/** Each minute of a history by itself: what one of them is says nothing of the others. */

import { expect, test } from '@jest/globals';
import { type AlertHistory, MINUTE_MS } from './alert-gate.ts';
import { judgeMinutes } from './alert-minutes.ts';

const START_MS = Date.UTC(2026, 5, 10, 12);
const minute = (number: number) => START_MS + number * MINUTE_MS;
const SIX = [1, 2, 3, 4, 5, 6].map(minute);
const QUIET: AlertHistory = {
  minutes: SIX,
  heartbeatMinutes: SIX,
  alerts: [],
  startedMs: minute(-1_000),
  graceMs: MINUTE_MS,
};
const RULES = { heartbeat: 'Watchdog' };
const kinds = (change: Partial<AlertHistory>) =>
  judgeMinutes({ ...QUIET, ...change }, RULES).map(({ fromMs, toMs, kind }) => [
    kind,
    (fromMs - START_MS) / MINUTE_MS,
    (toMs - START_MS) / MINUTE_MS,
  ]);

test('M35: minutes that are alike are one span, from the beginning of the first to the end of the last', () => {
  expect(kinds({})).toEqual([['quiet', 0, 6]]);
});

test('M35: an alert, a minute without the heartbeat and one that was not asked for stand by themselves', () => {
  const alerts = [{ name: 'DiskFull', minutes: [minute(2), minute(3)] }];
  const minutes = SIX.filter((one) => one !== minute(6)).concat(minute(8));
  const heartbeatMinutes = [1, 2, 3, 5, 8].map(minute);
  expect(kinds({ minutes, heartbeatMinutes, alerts })).toEqual([
    ['quiet', 0, 1],
    ['alerting', 1, 3],
    ['unknown', 3, 4],
    ['quiet', 4, 5],
    ['quiet', 7, 8],
  ]);
});

test('M35: after a restart only the minutes within the grace, and those before it, are unknown', () => {
  expect(kinds({ startedMs: minute(2) })).toEqual([
    ['unknown', 0, 3],
    ['quiet', 3, 6],
  ]);
});

test('M35: a span says what it is', () => {
  const found = judgeMinutes({ ...QUIET, alerts: [{ name: 'DiskFull', minutes: [minute(1)] }] }, RULES);
  expect(found.map(({ detail }) => detail)).toEqual([
    'alerts fire, the last one in the minute before 2026-06-10 12:01:00 UTC: DiskFull',
    '',
  ]);
});
