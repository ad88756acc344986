/** When maintenance may begin: next opening and closing, freezes, and several lists that narrow each other. */

import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { AHEAD_DAYS, calendarAt, describeClosed, type Freeze, type MaintenanceCalendar } from './calendar.ts';
import { isWindowOpen, type MaintenanceWindow, WEEKDAYS, type Weekday } from './windows.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const ms = (text: string) => Date.parse(`${text}:00Z`);
const timeOf = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString().slice(0, 16));

function berlin(days: readonly Weekday[], startHour: number, endHour: number): MaintenanceWindow {
  return { days, startMinute: startHour * 60, endMinute: endHour * 60, timeZone: 'Europe/Berlin' };
}

function freeze(from: string, to: string, reason = 'year-end'): Freeze {
  return { fromMs: ms(from), toMs: ms(to), reason };
}

const NIGHTS = berlin(['mon', 'tue', 'wed', 'thu'], 22, 4);

test.each<[string, Partial<MaintenanceCalendar>, string, string | null]>([
  ['nothing is configured', {}, '2026-06-10T12:00', null],
  ['an empty list narrows nothing', { narrowing: [[], []] }, '2026-06-10T12:00', null],
  ['the night has begun', { narrowing: [[NIGHTS]] }, '2026-06-10T21:00', '2026-06-11T02:00'],
  [
    'a freeze begins before the window ends',
    {
      narrowing: [[NIGHTS]],
      freezes: [freeze('2026-06-10T23:30', '2026-06-20T00:00')],
    },
    '2026-06-10T21:00',
    '2026-06-10T23:30',
  ],
  ['a freeze has just ended', { freezes: [freeze('2026-06-01T00:00', '2026-06-10T21:00')] }, '2026-06-10T21:00', null],
  [
    'the clocks go back within the window',
    { narrowing: [[berlin(['sun'], 2, 3)]] },
    '2026-10-25T00:30',
    '2026-10-25T02:00',
  ],
  [
    'two windows touch',
    { narrowing: [[berlin(['wed'], 10, 12), berlin(['wed'], 12, 14)]] },
    '2026-06-10T09:00',
    '2026-06-10T12:00',
  ],
  [
    'both lists are open, one closes sooner',
    {
      narrowing: [[berlin(['wed'], 8, 20)], [berlin(['wed'], 10, 12)]],
    },
    '2026-06-10T09:00',
    '2026-06-10T10:00',
  ],
])('M36: open where %s', (_what, calendar, now, closes) => {
  const state = calendarAt({ narrowing: [], freezes: [], ...calendar }, ms(now));
  expect(state.kind === 'open' && timeOf(state.closesMs)).toBe(closes);
  expect(describeClosed(state)).toBeNull();
});

test.each<[string, Partial<MaintenanceCalendar>, string, string | null, string | null]>([
  ['it is day', { narrowing: [[NIGHTS]] }, '2026-06-10T12:00', null, '2026-06-10T20:00'],
  ['it is the weekend', { narrowing: [[NIGHTS]] }, '2026-06-12T12:00', null, '2026-06-15T20:00'],
  [
    'it is frozen in the window',
    {
      narrowing: [[NIGHTS]],
      freezes: [freeze('2026-06-10T00:00', '2026-06-10T23:00')],
    },
    '2026-06-10T21:00',
    'year-end',
    '2026-06-10T23:00',
  ],
  [
    'it is frozen, and the windows are closed when that ends',
    {
      narrowing: [[NIGHTS]],
      freezes: [freeze('2026-12-18T00:00', '2027-01-04T00:00')],
    },
    '2026-12-20T12:00',
    'year-end',
    '2027-01-04T21:00',
  ],
  [
    'one freeze follows the other',
    {
      freezes: [
        freeze('2026-06-10T00:00', '2026-06-11T00:00'),
        freeze('2026-06-10T12:00', '2026-06-12T00:00', 'audit'),
      ],
    },
    '2026-06-10T13:00',
    'audit',
    '2026-06-12T00:00',
  ],
  [
    'the next window is frozen',
    {
      narrowing: [[NIGHTS]],
      freezes: [freeze('2026-06-10T19:00', '2026-06-11T19:00')],
    },
    '2026-06-10T12:00',
    null,
    '2026-06-11T20:00',
  ],
  [
    'the clocks skip the only hour',
    { narrowing: [[berlin(['sun'], 2, 3)]] },
    '2026-03-23T12:00',
    null,
    '2026-04-05T00:00',
  ],
  [
    'the clocks skip the start of the window',
    {
      narrowing: [[{ ...berlin(['sun'], 2, 5), startMinute: 150 }]],
    },
    '2026-03-28T12:00',
    null,
    '2026-03-29T01:00',
  ],
  [
    'the hour that comes twice comes again',
    {
      narrowing: [[{ ...berlin(['sun'], 2, 3), startMinute: 150 }]],
    },
    '2026-10-25T01:10',
    null,
    '2026-10-25T01:30',
  ],
  [
    'the lists are never open together',
    {
      narrowing: [[berlin(['mon'], 8, 20)], [berlin(['tue'], 8, 20)]],
    },
    '2026-06-10T12:00',
    null,
    null,
  ],
])('M36: closed where %s', (_what, calendar, now, reason, opens) => {
  const state = calendarAt({ narrowing: [], freezes: [], ...calendar }, ms(now));
  expect(state.kind === 'closed' && { reason: state.freeze?.reason ?? null, opens: timeOf(state.opensMs) }).toEqual({
    reason,
    opens,
  });
});

test('M36: who waits is given the reason, and the next opening', () => {
  const freezes = [freeze('2026-06-10T00:00', '2026-06-10T23:00')];
  expect(describeClosed(calendarAt({ narrowing: [[NIGHTS]], freezes }, ms('2026-06-10T21:00')))).toBe(
    'frozen until 2026-06-10 23:00:00 UTC: year-end; the next window opens: 2026-06-10 23:00:00 UTC',
  );
  const never = [[berlin(['mon'], 8, 20)], [berlin(['tue'], 8, 20)]];
  expect(describeClosed(calendarAt({ narrowing: never, freezes: [] }, ms('2026-06-10T21:00')))).toBe(
    'no window is open; the next window opens: not within 15 days',
  );
});

const anyWindow: fc.Arbitrary<MaintenanceWindow> = fc.record({
  days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
  startMinute: fc.integer({ min: 0, max: 1_439 }),
  endMinute: fc.integer({ min: 0, max: 1_440 }),
  timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC'),
});
const START_MINUTE = Date.UTC(2026, 2, 27) / MINUTE_MS;
const anyFreeze: fc.Arbitrary<Freeze> = fc
  .record({ from: fc.integer({ min: -1_000, max: 4_000 }), minutes: fc.integer({ min: 1, max: 2_000 }) })
  .map(({ from, minutes }) => {
    const fromMs = (START_MINUTE + from) * MINUTE_MS;
    return { fromMs, toMs: fromMs + minutes * MINUTE_MS, reason: 'drawn' };
  });

test('M36: the next opening and the next closing are those that a look at every minute finds', () => {
  const calendars = fc.record({
    narrowing: fc.array(fc.array(anyWindow, { maxLength: 2 }), { maxLength: 2 }),
    freezes: fc.array(anyFreeze, { maxLength: 3 }),
  });
  const aheadMinutes = (1_440 * 3) / 2;
  fc.assert(
    fc.property(calendars, fc.integer({ min: 0, max: 4_000 }), (calendar, after) => {
      const nowMs = (START_MINUTE + after) * MINUTE_MS;
      const isOpenAt = (atMs: number) =>
        calendar.narrowing.every((windows) => windows.length === 0 || isWindowOpen(windows, atMs)) &&
        !calendar.freezes.some(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
      const state = calendarAt(calendar, nowMs);
      const isOpen = isOpenAt(nowMs);
      expect(state.kind === 'open').toBe(isOpen);
      const minutes = Array.from({ length: aheadMinutes }, (_, index) => nowMs + index * MINUTE_MS);
      const changeMs = minutes.find((atMs) => isOpenAt(atMs) !== isOpen);
      const foundMs = state.kind === 'open' ? state.closesMs : state.opensMs;
      if (changeMs === undefined) expect(foundMs === null || foundMs >= nowMs + 1.5 * DAY_MS).toBe(true);
      else expect(foundMs).toBe(changeMs);
    }),
    { numRuns: 40 },
  );
});

test('M36: what opens later than is looked ahead is not promised', () => {
  const freezes = [freeze('2026-06-01T00:00', '2026-09-01T00:00')];
  expect(calendarAt({ narrowing: [], freezes }, ms('2026-06-10T12:00'))).toMatchObject({
    opensMs: ms('2026-09-01T00:00'),
  });
  const late = [freeze('2026-09-01T00:00', '2026-09-02T00:00')];
  expect(calendarAt({ narrowing: [], freezes: late }, ms('2026-06-10T12:00'))).toEqual({
    kind: 'open',
    closesMs: null,
  });
  const soon = ms('2026-09-01T00:00') - AHEAD_DAYS * DAY_MS;
  expect(calendarAt({ narrowing: [], freezes: late }, soon)).toEqual({
    kind: 'open',
    closesMs: ms('2026-09-01T00:00'),
  });
});
