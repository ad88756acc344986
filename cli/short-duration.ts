/** Durations as people read them. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Two units at most: `45s`, `12m30s`, `3h05m`, `2d04h`. Less than a second is `0s`. */
export function shortDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)}s`;
  if (ms < HOUR_MS) return pair(ms, { large: MINUTE_MS, small: SECOND_MS, units: 'ms' });
  if (ms < DAY_MS) return pair(ms, { large: HOUR_MS, small: MINUTE_MS, units: 'hm' });
  return pair(ms, { large: DAY_MS, small: HOUR_MS, units: 'dh' });
}

function pair(ms: number, of: { large: number; small: number; units: string }): string {
  const rest = String(Math.floor((ms % of.large) / of.small)).padStart(2, '0');
  return `${Math.floor(ms / of.large)}${of.units.charAt(0)}${rest}${of.units.charAt(1)}`;
}
