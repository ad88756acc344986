/** Times as Go's encoding/json reads and writes them: RFC 3339 with up to nine digits of a second. */

/** Go's zero time. */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})$/;
const FRACTION_DIGITS_MAX = 9;

/** The time as Go would write it again; null for what it would refuse. */
export function parseGoTime(value: string): string | null {
  const match = RFC_3339.exec(value);
  if (match === null) return null;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = ''] = match;
  const isDay =
    new Date(Date.UTC(2_000 + (Number(year) % 400), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  const isMonth = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && isDay;
  if (!isMonth || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59 || !isZone(zone)) return null;
  const digits = fraction.slice(0, FRACTION_DIGITS_MAX).replace(/0+$/, '');
  const offset = /^[+-]00:00$/.test(zone) ? 'Z' : zone;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${digits === '' ? '' : `.${digits}`}${offset}`;
}

/** In UTC. */
export function formatGoTime(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.?0*Z$/, 'Z');
}

function isZone(zone: string): boolean {
  return zone === 'Z' || (Number(zone.slice(1, 3)) <= 23 && Number(zone.slice(4)) <= 59);
}
