/**
 * Windows of time in which maintenance may begin. To be asked in an activity, never in workflow code: `Intl` takes time
 * zones from the Node that it runs in, and another Node may replay the workflow.
 */

/** In the order of JavaScript's days. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/**
 * Open from `startMinute` until just before `endMinute`, as the clocks of the time zone show it. One whose end is not
 * after its start lasts into the next day, and belongs to the day that it began on.
 */
export interface MaintenanceWindow {
  readonly days: readonly Weekday[];
  /** Minutes after midnight, 0 to 1439. */
  readonly startMinute: number;
  /** Minutes after midnight, 0 to 1440. */
  readonly endMinute: number;
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const DAY_MS = DAY_MINUTES * MINUTE_MS;
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = WEEKDAYS.indexOf('thu');
const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** Minutes after midnight of `22:00`; `24:00` is the end of a day. Null where it is no time of day. */
export function parseClockMinute(text: string): number | null {
  if (text === '24:00') return DAY_MINUTES;
  const [, hours, minutes] = CLOCK.exec(text) ?? [];
  return hours === undefined || minutes === undefined ? null : Number(hours) * 60 + Number(minutes);
}

/** Whether this Node knows the time zone. */
export function isTimeZone(name: string): boolean {
  try {
    clockOf(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether one of the windows is open. Judged by what the clocks show: an hour that they skip is never open, and one that
 * they show twice is open twice.
 */
export function isWindowOpen(windows: readonly MaintenanceWindow[], atMs: number): boolean {
  return windows.some(({ days, startMinute, endMinute, timeZone }) => {
    const shownMinutes = Math.floor((atMs + offsetMs(timeZone, atMs)) / MINUTE_MS);
    const day = Math.floor(shownMinutes / DAY_MINUTES);
    const minute = shownMinutes - day * DAY_MINUTES;
    const isToday = days.includes(weekdayOf(day));
    if (startMinute < endMinute) return isToday && startMinute <= minute && minute < endMinute;
    return (isToday && startMinute <= minute) || (days.includes(weekdayOf(day - 1)) && minute < endMinute);
  });
}

export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Moments after `fromMs`, up to `toMs`, at which one of the windows may open or close; ascending. */
export function windowBorders(windows: readonly MaintenanceWindow[], { fromMs, toMs }: TimeSpan): readonly number[] {
  const borders = windows.flatMap((window) => {
    const { offsets, changes } = offsetsIn(window.timeZone, { fromMs, toMs });
    return [...changes, ...offsets.flatMap((offset) => clockBorders(window, offset, { fromMs, toMs }))];
  });
  return [...new Set(borders)].filter((atMs) => fromMs < atMs && atMs <= toMs).sort((a, b) => a - b);
}

/** Every day's start and end, as if the clocks had this offset all the time. */
function clockBorders({ startMinute, endMinute }: MaintenanceWindow, offset: number, { fromMs, toMs }: TimeSpan) {
  const firstDay = Math.floor((fromMs + offset) / DAY_MS);
  const dayCount = Math.floor((toMs + offset) / DAY_MS) - firstDay + 1;
  return Array.from({ length: dayCount }, (_, index) => (firstDay + index) * DAY_MS - offset).flatMap((midnightMs) => [
    midnightMs + startMinute * MINUTE_MS,
    midnightMs + endMinute * MINUTE_MS,
  ]);
}

/** The offsets that the clocks have meanwhile, and when they change. No zone changes twice within a day. */
function offsetsIn(timeZone: string, { fromMs, toMs }: TimeSpan) {
  const offsets = new Set([offsetMs(timeZone, fromMs)]);
  const changes: number[] = [];
  for (let beforeMs = fromMs; beforeMs < toMs; beforeMs += DAY_MS) {
    const afterMs = Math.min(beforeMs + DAY_MS, toMs);
    const offset = offsetMs(timeZone, afterMs);
    if (offset === offsetMs(timeZone, beforeMs)) continue;
    offsets.add(offset);
    changes.push(changeBetween(timeZone, { fromMs: beforeMs, toMs: afterMs }));
  }
  return { offsets: [...offsets], changes };
}

/** The first millisecond with the offset of `toMs`; the one of `fromMs` is another. */
function changeBetween(timeZone: string, span: TimeSpan): number {
  const offset = offsetMs(timeZone, span.toMs);
  let { fromMs, toMs } = span;
  while (toMs - fromMs > 1) {
    const middleMs = Math.floor((fromMs + toMs) / 2);
    if (offsetMs(timeZone, middleMs) === offset) toMs = middleMs;
    else fromMs = middleMs;
  }
  return toMs;
}

function weekdayOf(day: number): Weekday {
  const index = (((day + FIRST_WEEKDAY) % WEEKDAYS.length) + WEEKDAYS.length) % WEEKDAYS.length;
  return WEEKDAYS[index] ?? 'sun';
}

/** What the clocks of the zone show, less UTC. */
function offsetMs(timeZone: string, atMs: number): number {
  const parts = new Map(
    clockOf(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const shownMs = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shownMs - Math.floor(atMs / 1_000) * 1_000;
}

/** Making one takes longer than all that it is asked; there are as many as the configuration has time zones. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
  const made = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', second: 'numeric', ...numeric });
  clocks.set(timeZone, made);
  return made;
}
