/** Series of the metrics: the agents of one kind on one node share one, as in the original. It goes with its last agent. */

import type { AgentReport } from '../../contracts/connectivity/agent-report.ts';
import { missedReports } from '../../domain/connectivity/agent-judgement.ts';

export interface SeriesCounts {
  readonly reportCount: number;
  readonly missCount: number;
}

export interface SeriesCountsTable {
  get(series: string): SeriesCounts | undefined;
  /** One more agent has it. Counters never go down: what another collector wrote may arrive late. */
  hold(series: string, counts: SeriesCounts): void;
  /** One agent fewer has it; a series that no agent has is forgotten. */
  release(series: string): void;
  /** The report was not stored after all. */
  uncount(series: string): void;
  /** With what was missed since, by series; those of `missed` only. */
  withMissed(missed: ReadonlyMap<string, number>): ReadonlyMap<string, SeriesCounts>;
  size(): number;
}

/** Value of the label `agent`. */
export function seriesOf({ nodename, podname }: Pick<AgentReport, 'nodename' | 'podname'>): string {
  return `${nodename}-${podname.includes('hostnet') ? 'host_network' : 'private_network'}`;
}

/** Reports of the agents of each series that did not come when they were due. */
export function missedBySeries(
  agents: Iterable<Parameters<typeof missedReports>[0] & { readonly series: string }>,
  at: Parameters<typeof missedReports>[1],
): ReadonlyMap<string, number> {
  const missed = new Map<string, number>();
  for (const agent of agents) missed.set(agent.series, (missed.get(agent.series) ?? 0) + missedReports(agent, at));
  return missed;
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
