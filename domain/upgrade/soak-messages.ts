/** A soak as people read it. */

import { clockTime } from '../clock-time.ts';
import type { Soak, SoakDemand, SoakState } from './soak.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `6 d 23 h 59 min`, rounded down to minutes. */
export function durationText(durationMs: number): string {
  const parts = [
    [Math.floor(durationMs / DAY_MS), 'd'],
    [Math.floor((durationMs % DAY_MS) / HOUR_MS), 'h'],
    [Math.floor((durationMs % HOUR_MS) / MINUTE_MS), 'min'],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return shown.length === 0 ? 'less than a minute' : shown.join(' ');
}

export interface SoakShown extends Pick<Soak, 'provenMs' | 'resets' | 'lastReset' | 'blindMs' | 'isAlerting'> {
  readonly state: SoakState;
  readonly detail: string;
  readonly lookedMs: number;
}

/** One sentence for each thing that somebody who waits wants to know. */
export function describeSoak(soak: SoakShown, { forMs, resetsMax }: Pick<SoakDemand, 'forMs' | 'resetsMax'>): string {
  const { state, provenMs, resets, lastReset, isAlerting, blindMs, detail, lookedMs } = soak;
  return [
    `${durationText(provenMs)} of ${durationText(forMs)} are proven free of alerts (${state}).`,
    ...(isAlerting ? ['An alert fires.'] : []),
    ...(blindMs > 0 ? [`Nothing is known of the last ${durationText(blindMs)}.`] : []),
    ...(detail === '' ? [] : [`${detail}.`]),
    ...(lastReset === null
      ? []
      : [`Reset ${resets} of at most ${resetsMax} at ${clockTime(lastReset.atMs)}: ${lastReset.detail}.`]),
    `Looked at ${clockTime(lookedMs)}.`,
  ].join(' ');
}
