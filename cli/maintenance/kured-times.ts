/** Times, days and durations as kured takes them. */

import { parseClockMinute, WEEKDAYS, type Weekday } from '../../domain/maintenance/windows.ts';

/** `22:05`, `22:05:00`, `10:05pm`, `22` or `10pm`, as `22:05`; null for any other text. */
export function kuredTime(text: string): string | null {
  const [, hours, minutes = '00', half] = /^(\d{1,2})(?::(\d{2}))?(?::\d{2})?(am|pm)?$/i.exec(text.trim()) ?? [];
  if (hours === undefined) return null;
  const afterNoon = half?.toLowerCase() === 'pm' ? 12 : 0;
  const hour = half === undefined ? Number(hours) : (Number(hours) % 12) + afterNoon;
  const time = `${String(hour).padStart(2, '0')}:${minutes}`;
  return parseClockMinute(time) === null ? null : time;
}

/** `mo`, `Mon`, `monday` or `1`, as `mon`; null for any other text. */
export function kuredDay(text: string): Weekday | null {
  const number = /^[0-6]$/.test(text) ? Number(text) : -1;
  const isNamed = (day: Weekday) => text.length >= 2 && LONG_DAYS[day].startsWith(text.toLowerCase());
  return WEEKDAYS[number] ?? WEEKDAYS.find(isNamed) ?? null;
}

const LONG_DAYS: Readonly<Record<Weekday, string>> = {
  sun: 'sunday',
  mon: 'monday',
  tue: 'tuesday',
  wed: 'wednesday',
  thu: 'thursday',
  fri: 'friday',
  sat: 'saturday',
};

const GO_DURATION = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?$/;

/** `1h30m`, or a number of nanoseconds, in milliseconds; null for any other text. */
export function goDurationMs(value: string): number | null {
  if (/^\d+$/.test(value)) return Math.round(Number(value) / 1_000_000);
  const match = GO_DURATION.exec(value);
  if (match === null || value === '') return null;
  const [, hours = '0', minutes = '0', seconds = '0'] = match;
  return Math.round((Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000);
}
