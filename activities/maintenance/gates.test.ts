/** All gates together: open only where each is, and every closed one is named. */

import { expect, test } from '@jest/globals';
import type { AlertVerdict } from '../../domain/maintenance/alert-gate.ts';
import type { MaintenanceCalendar } from '../../domain/maintenance/calendar.ts';
import { lookAtGates } from './gates.ts';

const NOW_MS = Date.UTC(2026, 5, 10, 12);
const OPEN: MaintenanceCalendar = { narrowing: [], freezes: [] };
const FROZEN: MaintenanceCalendar = {
  narrowing: [],
  freezes: [{ fromMs: NOW_MS - 1, toMs: NOW_MS + 3_600_000, reason: 'audit' }],
};
const FIRING: AlertVerdict = { kind: 'alerting', names: ['DiskFull'], count: 1, lastMs: NOW_MS };

async function look(verdict: AlertVerdict | null, calendar = OPEN, lookedMs: number | null = null) {
  const since: number[] = [];
  const alerts = {
    async verdict(sinceMs: number) {
      since.push(sinceMs);
      return verdict ?? FIRING;
    },
  };
  const deps = { alerts: verdict === null ? null : alerts, lookBackMs: 600_000, now: () => NOW_MS };
  const answer = await lookAtGates(deps, { calendar, lookedMs }, new AbortController().signal);
  return { answer, since };
}

test('M34, M36: open where no alert counts and nothing is closed; without a source alerts are not looked at', async () => {
  expect((await look({ kind: 'quiet' })).answer).toEqual({ isOpen: true, reasons: [] });
  expect(await look(null)).toEqual({ answer: { isOpen: true, reasons: [] }, since: [] });
});

test.each<[string, AlertVerdict, MaintenanceCalendar, readonly RegExp[]]>([
  ['alerts fire', FIRING, OPEN, [/^alerts fire.*: DiskFull$/]],
  ['alerts are not known', { kind: 'unknown', message: 'no answer' }, OPEN, [/not known.*: no answer$/]],
  ['it is frozen', { kind: 'quiet' }, FROZEN, [/^frozen until.*: audit/]],
  ['both', FIRING, FROZEN, [/^frozen/, /^alerts fire/]],
])('M34, M36: closed where %s, with the reason', async (_what, verdict, calendar, reasons) => {
  const { answer } = await look(verdict, calendar);
  expect(answer).toEqual({ isOpen: false, reasons: reasons.map((reason) => expect.stringMatching(reason)) });
});

test.each([
  [null, 600_000],
  [NOW_MS - 1, 600_000],
  [NOW_MS - 600_000, 600_000],
  [NOW_MS - 600_001, 600_001],
  [NOW_MS - 3_600_000, 3_600_000],
  [NOW_MS - 3_600_001, 600_000],
  [NOW_MS + 5, 600_000],
])('M34: alerts are looked at since the last look, and ten minutes at least (%s)', async (lookedMs, backMs) => {
  expect((await look({ kind: 'quiet' }, OPEN, lookedMs)).since).toEqual([NOW_MS - backMs]);
});
