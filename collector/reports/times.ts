/** When each report was taken, in the time of this run of the collector: whoever wrote it, and whatever clocks did. */

import type { Outage } from '../../domain/connectivity/agent-judgement.ts';
import type { TakenAt } from '../stores/report-store.ts';
import type { LastRun } from '../verdict/heartbeat.ts';
import type { ReportClock } from './clock.ts';
import { createWriterClocks } from './writer-clocks.ts';

export interface ReportTimes {
  /** Called once with what the store holds. Returns the times in which no report could be taken. */
  begin(reports: readonly TakenAt[], lastRun: LastRun): readonly Outage[];
  receivedMs(taken: TakenAt): number;
  /** For a report that this run takes now. */
  now(): TakenAt;
}

export interface ReportTimesOptions {
  readonly clock: ReportClock;
  /** Whether other collectors write into the store as well. */
  readonly isShared: boolean;
  /** Names this run of the collector to the others. */
  readonly runId: string;
}

export function createReportTimes({ clock, isShared, runId }: ReportTimesOptions): ReportTimes {
  const writers = createWriterClocks();

  /** The clock of the last run goes on; no agent could report in the time between. */
  function goOnFrom({ lastAliveMs, outages }: LastRun, reports: readonly TakenAt[]): readonly Outage[] {
    // A report that was taken shows that a collector ran, also where its note is lost.
    const newestMs = reports.reduce<number | null>((newest, { ms }) => later(newest, ms), null);
    const aliveMs = later(lastAliveMs, newestMs);
    if (aliveMs !== null) clock.notBefore(aliveMs);
    const nowMs = clock.nowMs();
    return aliveMs === null || aliveMs >= nowMs ? outages : [...outages, { fromMs: aliveMs, untilMs: nowMs }];
  }

  return {
    begin(reports, lastRun) {
      if (!isShared) return goOnFrom(lastRun, reports);
      writers.begin(reports, clock.nowMs());
      return lastRun.outages;
    },
    receivedMs(taken) {
      return !isShared || taken.clock === runId ? taken.ms : writers.takenMs(taken, clock.nowMs());
    },
    now: () => ({ clock: runId, ms: clock.nowMs() }),
  };
}

function later(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}
