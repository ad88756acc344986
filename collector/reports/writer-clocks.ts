/**
 * When a report was taken by another collector, in the time of this one.
 *
 * Neither the two wall clocks nor their difference are trusted: a report is as old as its writer's steady clock says,
 * counted from the newest news of that writer.
 */

import type { TakenAt } from '../stores/report-store.ts';

export interface WriterClocks {
  /** Reports that are there from the start: the newest of each writer counts as taken now, the others before it. */
  begin(reports: readonly TakenAt[], nowMs: number): void;
  /** A report of a writer has just been seen. Returns when it was taken, never in the future. */
  takenMs(taken: TakenAt, nowMs: number): number;
}

/** Two steady clocks may drift apart by this part of the time, far above what clocks do. */
const DRIFT = 1 / 1_000;

interface Offset {
  /** Our time minus the writer's. The truth is at most this: news take time. */
  readonly offsetMs: number;
  readonly atMs: number;
}

export function createWriterClocks(): WriterClocks {
  const offsets = new Map<string, Offset>();

  function observe({ clock, ms }: TakenAt, nowMs: number): number {
    const before = offsets.get(clock);
    const seenMs = nowMs - ms;
    const offsetMs = before === undefined ? seenMs : Math.min(seenMs, before.offsetMs + (nowMs - before.atMs) * DRIFT);
    offsets.set(clock, { offsetMs, atMs: nowMs });
    return offsetMs;
  }

  return {
    begin(reports, nowMs) {
      for (const taken of reports) observe(taken, nowMs);
    },
    takenMs: (taken, nowMs) => Math.min(nowMs, taken.ms + observe(taken, nowMs)),
  };
}
