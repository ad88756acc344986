/** Windows against hand-written tables, and against the law's own rules for summer time, under several `TZ`. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  isTimeZone,
  isWindowOpen,
  type MaintenanceWindow,
  parseClockMinute,
  WEEKDAYS,
  windowBorders,
} from './windows.ts';

const BERLIN = 'Europe/Berlin';
const NEW_YORK = 'America/New_York';
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

function window(days: string, hours: string, timeZone: string): MaintenanceWindow {
  const [start = '', end = ''] = hours.split('-');
  return {
    days: WEEKDAYS.filter((day) => days.includes(day)),
    startMinute: parseClockMinute(start) ?? -1,
    endMinute: parseClockMinute(end) ?? -1,
    timeZone,
  };
}

/** Each in the time zone, and what it is there: columns are days, hours, zone, moment, whether open. */
const CASES: readonly (readonly [string, string, string, string, boolean])[] = [
  // 2026-06-10 is a Wednesday; Berlin is two hours ahead of UTC, New York four behind.
  ['wed', '10:00-12:00', BERLIN, '2026-06-10T07:59:59.999Z', false],
  ['wed', '10:00-12:00', BERLIN, '2026-06-10T08:00:00Z', true],
  ['wed', '10:00-12:00', BERLIN, '2026-06-10T09:59:59.999Z', true],
  ['wed', '10:00-12:00', BERLIN, '2026-06-10T10:00:00Z', false],
  ['tue thu', '10:00-12:00', BERLIN, '2026-06-10T09:00:00Z', false],
  ['wed', '10:00-12:00', NEW_YORK, '2026-06-10T14:00:00Z', true],
  ['wed', '10:00-12:00', NEW_YORK, '2026-06-10T16:00:00Z', false],
  // The day is the one of the zone, not of UTC.
  ['thu', '00:00-01:00', BERLIN, '2026-06-10T22:30:00Z', true],
  ['wed', '22:00-23:00', NEW_YORK, '2026-06-11T02:30:00Z', true],
  // Over midnight: belongs to the day that it began on (kured #204).
  ['wed', '22:00-04:00', BERLIN, '2026-06-10T01:00:00Z', false],
  ['wed', '22:00-04:00', BERLIN, '2026-06-10T20:00:00Z', true],
  ['wed', '22:00-04:00', BERLIN, '2026-06-11T01:59:00Z', true],
  ['wed', '22:00-04:00', BERLIN, '2026-06-11T02:00:00Z', false],
  // Over the end of the week, whichever day it begins with.
  ['sun', '22:00-04:00', BERLIN, '2026-06-14T23:00:00Z', true],
  ['sat', '22:00-04:00', NEW_YORK, '2026-06-14T07:59:00Z', true],
  ['sat', '22:00-04:00', NEW_YORK, '2026-06-14T08:00:00Z', false],
  // Whole days.
  ['wed', '00:00-24:00', BERLIN, '2026-06-10T21:59:00Z', true],
  ['wed', '00:00-24:00', BERLIN, '2026-06-10T22:00:00Z', false],
  ['wed', '06:00-06:00', BERLIN, '2026-06-11T03:59:00Z', true],
  ['wed', '06:00-06:00', BERLIN, '2026-06-11T04:00:00Z', false],
  // Spring: Berlin goes from 02:00 to 03:00 at 01:00 UTC on 2026-03-29.
  ['sun', '02:15-02:45', BERLIN, '2026-03-29T00:30:00Z', false],
  ['sun', '02:15-02:45', BERLIN, '2026-03-29T01:30:00Z', false],
  ['sun', '01:00-02:30', BERLIN, '2026-03-29T00:59:00Z', true],
  ['sun', '01:00-02:30', BERLIN, '2026-03-29T01:00:00Z', false],
  ['sun', '02:30-05:00', BERLIN, '2026-03-29T01:00:00Z', true],
  ['sat', '22:00-04:00', BERLIN, '2026-03-29T01:59:00Z', true],
  ['sat', '22:00-04:00', BERLIN, '2026-03-29T02:00:00Z', false],
  // Autumn: Berlin goes from 03:00 back to 02:00 at 01:00 UTC on 2026-10-25.
  ['sun', '02:15-02:45', BERLIN, '2026-10-25T00:30:00Z', true],
  ['sun', '02:15-02:45', BERLIN, '2026-10-25T01:00:00Z', false],
  ['sun', '02:15-02:45', BERLIN, '2026-10-25T01:30:00Z', true],
  ['sun', '02:15-02:45', BERLIN, '2026-10-25T02:30:00Z', false],
  ['sat', '22:00-04:00', BERLIN, '2026-10-25T02:59:00Z', true],
  ['sat', '22:00-04:00', BERLIN, '2026-10-25T03:00:00Z', false],
  // Spring: New York goes from 02:00 to 03:00 at 07:00 UTC on 2026-03-08.
  ['sun', '02:00-03:00', NEW_YORK, '2026-03-08T06:30:00Z', false],
  ['sun', '02:00-03:00', NEW_YORK, '2026-03-08T07:30:00Z', false],
  ['sun', '03:00-04:00', NEW_YORK, '2026-03-08T07:00:00Z', true],
  // Autumn: New York goes from 02:00 back to 01:00 at 06:00 UTC on 2026-11-01.
  ['sun', '01:00-02:00', NEW_YORK, '2026-11-01T05:30:00Z', true],
  ['sun', '01:00-02:00', NEW_YORK, '2026-11-01T06:30:00Z', true],
  ['sun', '01:00-02:00', NEW_YORK, '2026-11-01T07:00:00Z', false],
];

test.each(CASES)('M36: %s %s in %s at %s: open is %s', (days, hours, zone, at, expected) => {
  expect(isWindowOpen([window(days, hours, zone)], Date.parse(at))).toBe(expected);
});

test.each(['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland', 'Australia/Lord_Howe'])(
  'M36: a process with TZ %s finds the same windows open',
  (zone) => {
    const cases = CASES.map(([days, hours, timeZone, at]) => [window(days, hours, timeZone), Date.parse(at)]);
    const script = `
      import { isWindowOpen } from '${fileURLToPath(new URL('windows.ts', import.meta.url))}';
      const cases = ${JSON.stringify(cases)};
      const shown = new Date(0).getHours();
      console.log(JSON.stringify({ shown, open: cases.map(([window, atMs]) => isWindowOpen([window], atMs)) }));`;
    const run = (TZ: string) =>
      JSON.parse(
        execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
          env: { TZ },
          encoding: 'utf8',
        }),
      ) as { shown: number; open: boolean[] };
    const { shown, open } = run(zone);
    expect(open).toEqual(CASES.map(([, , , , expected]) => expected));
    // The process has taken the zone.
    expect(shown).toBe({ UTC: 0, 'America/New_York': 19, 'Asia/Kolkata': 5, 'Pacific/Auckland': 12 }[zone] ?? 10);
  },
);

test.each([
  ['00:00', 0],
  ['22:05', 1_325],
  ['23:59', 1_439],
  ['24:00', 1_440],
  ['24:01', null],
  ['9:00', null],
  ['12:60', null],
  ['12:00 ', null],
  ['', null],
])('the time of day %j is minute %s', (text, expected) => {
  expect(parseClockMinute(text)).toBe(expected);
});

test.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Europe/Atlantis', false],
  ['', false],
])('the time zone %j is known: %s', (name, expected) => {
  expect(isTimeZone(name)).toBe(expected);
});

/** The `nth` Sunday of a month (0 is the first, -1 the last), as a UTC midnight. */
const sundays = new Map<string, number>();
function sunday(year: number, month: number, nth: number): number {
  const key = [year, month, nth].join();
  const known = sundays.get(key);
  if (known !== undefined) return known;
  const days = Array.from({ length: 31 }, (_, day) => Date.UTC(year, month, day + 1));
  const found =
    days.filter((ms) => new Date(ms).getUTCMonth() === month && new Date(ms).getUTCDay() === 0).at(nth) ?? 0;
  sundays.set(key, found);
  return found;
}

/** What the law says, without `Intl`: since 1996 in Europe, since 2007 in the United States. */
function lawfulOffsetMs(zone: string, atMs: number): number {
  const year = new Date(atMs).getUTCFullYear();
  const [fromMs, toMs, winter] =
    zone === BERLIN
      ? [sunday(year, 2, -1) + HOUR_MS, sunday(year, 9, -1) + HOUR_MS, 1]
      : [sunday(year, 2, 1) + 7 * HOUR_MS, sunday(year, 10, 0) + 6 * HOUR_MS, -5];
  return (fromMs <= atMs && atMs < toMs ? winter + 1 : winter) * HOUR_MS;
}

/** One minute, judged by the calendar of UTC after moving it by the lawful offset. */
function isOpenByLaw({ days, startMinute, endMinute, timeZone }: MaintenanceWindow, atMs: number): boolean {
  const shown = new Date(atMs + lawfulOffsetMs(timeZone, atMs));
  const before = new Date(shown.getTime() - DAY_MS);
  const minute = shown.getUTCHours() * 60 + shown.getUTCMinutes();
  const has = (date: Date) => days.some((day) => day === WEEKDAYS[date.getUTCDay()]);
  const endsToday = startMinute < endMinute;
  return (
    (has(shown) && minute >= startMinute && (!endsToday || minute < endMinute)) ||
    (!endsToday && has(before) && minute < endMinute)
  );
}

const anyWindow: fc.Arbitrary<MaintenanceWindow> = fc.record({
  days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
  // Often near the hours that are skipped or come twice.
  startMinute: fc.oneof(fc.integer({ min: 0, max: 1_439 }), fc.integer({ min: 55, max: 185 })),
  endMinute: fc.oneof(fc.integer({ min: 0, max: 1_440 }), fc.integer({ min: 55, max: 185 })),
  timeZone: fc.constantFrom(BERLIN, NEW_YORK),
});
/** Half of them within two days of a change of the clocks. */
const anyMinute = fc.oneof(
  fc.integer({ min: Date.UTC(2026, 0, 1) / MINUTE_MS, max: Date.UTC(2036, 0, 1) / MINUTE_MS }),
  fc
    .record({
      year: fc.integer({ min: 2026, max: 2035 }),
      change: fc.constantFrom([2, -1], [9, -1], [2, 1], [10, 0]),
      minute: fc.integer({ min: -1_440, max: 2_880 }),
    })
    .map(({ year, change: [month = 0, nth = 0], minute }) => sunday(year, month, nth) / MINUTE_MS + minute),
);

test('M36: every minute of ten years is judged as by the law of summer time', () => {
  fc.assert(
    fc.property(anyWindow, anyMinute, (one, minute) => {
      expect(isWindowOpen([one], minute * MINUTE_MS)).toBe(isOpenByLaw(one, minute * MINUTE_MS));
    }),
    { numRuns: 2_000 },
  );
});

test('M36: several windows are open while one of them is', () => {
  fc.assert(
    fc.property(fc.array(anyWindow, { maxLength: 4 }), anyMinute, (windows, minute) => {
      const expected = windows.some((one) => isOpenByLaw(one, minute * MINUTE_MS));
      expect(isWindowOpen(windows, minute * MINUTE_MS)).toBe(expected);
    }),
  );
});

test('M36: minute by minute, no window opens or closes but at a border', () => {
  fc.assert(
    fc.property(fc.array(anyWindow, { minLength: 1, maxLength: 2 }), anyMinute, (windows, minute) => {
      const fromMs = minute * MINUTE_MS;
      const minutes = Array.from({ length: 3 * 1_440 }, (_, index) => fromMs + index * MINUTE_MS);
      const isOpen = (atMs: number) => windows.some((one) => isOpenByLaw(one, atMs));
      const changes = minutes.slice(1).filter((atMs) => isOpen(atMs) !== isOpen(atMs - MINUTE_MS));
      const found = windowBorders(windows, { fromMs, toMs: fromMs + 3 * DAY_MS });
      expect(changes.filter((atMs) => !found.includes(atMs))).toEqual([]);
      expect(found).toEqual([...new Set(found)].toSorted((a, b) => a - b));
      expect(found.every((atMs) => fromMs < atMs && atMs <= fromMs + 3 * DAY_MS)).toBe(true);
    }),
    { numRuns: 40 },
  );
});
