/** The counters of each series of the metrics, as of its newest report. */

export interface SeriesCounts {
  readonly reportCount: number;
  readonly missCount: number;
}

export interface SeriesCountsTable {
  get(series: string): SeriesCounts | undefined;
  /** Counters never go down: what another collector wrote may be told late. */
  raise(series: string, counts: SeriesCounts): void;
  /** The report was not stored after all. */
  uncount(series: string): void;
  /** With what was missed since, by series. A series that is not among them has no agent any more and is forgotten. */
  withMissed(missed: ReadonlyMap<string, number>): ReadonlyMap<string, SeriesCounts>;
}

export function createSeriesCounts(): SeriesCountsTable {
  const table = new Map<string, SeriesCounts>();
  return {
    get: (series) => table.get(series),
    raise(series, { reportCount, missCount }) {
      const before = table.get(series);
      table.set(series, {
        reportCount: Math.max(before?.reportCount ?? 0, reportCount),
        missCount: Math.max(before?.missCount ?? 0, missCount),
      });
    },
    uncount(series) {
      const counts = table.get(series);
      if (counts !== undefined) table.set(series, { ...counts, reportCount: counts.reportCount - 1 });
    },
    withMissed(missed) {
      for (const series of table.keys()) if (!missed.has(series)) table.delete(series);
      return new Map(
        [...table].map(([series, { reportCount, missCount }]) => [
          series,
          { reportCount, missCount: missCount + (missed.get(series) ?? 0) },
        ]),
      );
    },
  };
}
