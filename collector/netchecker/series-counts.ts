/** The counters of each series of the metrics, as of its newest report. A series goes with its last agent. */

export interface SeriesCounts {
  readonly reportCount: number;
  readonly missCount: number;
}

export interface SeriesCountsTable {
  get(series: string): SeriesCounts | undefined;
  /** One more agent has it. Counters never go down: what another collector wrote may arrive late. */
  hold(series: string, counts: SeriesCounts): void;
  /** One agent fewer has it; nothing is kept of one that nobody has. */
  release(series: string): void;
  /** The report was not stored after all. */
  uncount(series: string): void;
  /** With what was missed since, by series; those of `missed` only. */
  withMissed(missed: ReadonlyMap<string, number>): ReadonlyMap<string, SeriesCounts>;
  size(): number;
}

interface Held extends SeriesCounts {
  readonly holders: number;
}

export function createSeriesCounts(): SeriesCountsTable {
  const table = new Map<string, Held>();
  return {
    get: (series) => table.get(series),
    hold(series, { reportCount, missCount }) {
      const before = table.get(series);
      table.set(series, {
        holders: (before?.holders ?? 0) + 1,
        reportCount: Math.max(before?.reportCount ?? 0, reportCount),
        missCount: Math.max(before?.missCount ?? 0, missCount),
      });
    },
    release(series) {
      const held = table.get(series);
      if (held === undefined) return;
      if (held.holders <= 1) table.delete(series);
      else table.set(series, { ...held, holders: held.holders - 1 });
    },
    uncount(series) {
      const held = table.get(series);
      if (held !== undefined) table.set(series, { ...held, reportCount: held.reportCount - 1 });
    },
    withMissed(missed) {
      return new Map(
        [...table]
          .filter(([series]) => missed.has(series))
          .map(([series, { reportCount, missCount }]) => [
            series,
            { reportCount, missCount: missCount + (missed.get(series) ?? 0) },
          ]),
      );
    },
    size: () => table.size,
  };
}
