/** What the collector keeps of an agent in memory: the report itself as text, which takes a fifth of the memory. */

import type { AgentReport } from '../contracts/agent-report.ts';
import type { ReportFacts } from '../domain/agent-judgement.ts';
import type { AgentRecord } from './report-store.ts';
import { seriesOf } from './series.ts';

const SECOND_MS = 1_000;

export interface KnownAgent extends ReportFacts {
  readonly name: string;
  readonly series: string;
  readonly reportCount: number;
  readonly missCount: number;
  /** JSON of an `AgentReport`. */
  readonly text: string;
}

export function knownAgent({ name, report, lastUpdatedMs, reportCount, missCount }: AgentRecord): KnownAgent {
  return {
    ...{ name, lastUpdatedMs, reportCount, missCount },
    series: seriesOf(report),
    nodeName: report.nodename,
    intervalMs: report.report_interval * SECOND_MS,
    text: JSON.stringify(report),
  };
}

export function recordOf({ name, text, lastUpdatedMs, reportCount, missCount }: KnownAgent): AgentRecord {
  return { name, report: JSON.parse(text) as AgentReport, lastUpdatedMs, reportCount, missCount };
}
