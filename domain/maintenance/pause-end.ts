/** When people are warned that a pause ends, since the maintenance then goes on by itself (M31). */

import type { Pause } from './slots.ts';

/** As in the alert VigilantePauseExpires. */
const WARNED_BEFORE_MS = 3_600_000;

export function endsSoon({ untilMs }: Pick<Pause, 'untilMs'>, nowMs: number): boolean {
  return nowMs < untilMs && untilMs - nowMs < WARNED_BEFORE_MS;
}
