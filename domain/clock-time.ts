/** A moment as people read it. */

/** JavaScript has no dates beyond this many milliseconds from 1970. */
const DATE_MAX_MS = 8.64e15;

/** `2026-01-31 14:05:09 UTC`; never throws, whatever the number. */
export function clockTime(atMs: number): string {
  if (!(Math.abs(atMs) <= DATE_MAX_MS)) return 'a time that is no date';
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
