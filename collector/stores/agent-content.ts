/** A record as the custom resource `Agent`, with the original server's names in `spec`, and back. */

import type { AgentContent, AgentObject } from '../../kubernetes/connectivity/agent-resources.ts';
import type { AgentRecord } from './report-store.ts';
import { parseOrigin, parseReport } from './stored-record.ts';

/** Counters of an object that the original server wrote: it keeps them in memory only. At least one report came. */
const COUNTERS_OF_OTHERS = { reportCount: 1, missCount: 0 };

export function agentContent(record: AgentRecord): AgentContent {
  const { report, lastUpdatedMs, taken, pod, reportCount, missCount } = record;
  return {
    spec: { ...report, last_updated: new Date(lastUpdatedMs).toISOString() },
    status: { reportCount, missCount, taken, pod },
  };
}

/** Throws an `Error` that says why it is no record. */
export function recordOfAgent({ name, spec, status }: AgentObject): AgentRecord {
  if (typeof spec !== 'object' || spec === null) throw new Error('it has no spec');
  const { last_updated: lastUpdated, ...report } = spec as { last_updated?: unknown };
  const lastUpdatedMs = typeof lastUpdated === 'string' ? Date.parse(lastUpdated) : Number.NaN;
  if (Number.isNaN(lastUpdatedMs)) throw new Error(`spec.last_updated is ${JSON.stringify(lastUpdated)}, not a time`);
  return { name, report: parseReport(report), lastUpdatedMs, ...countersOf(status), ...parseOrigin(status) };
}

function countersOf(status: unknown): Pick<AgentRecord, 'reportCount' | 'missCount'> {
  if (typeof status !== 'object' || status === null) return COUNTERS_OF_OTHERS;
  const { reportCount, missCount } = status as { reportCount?: unknown; missCount?: unknown };
  if (typeof reportCount !== 'number' || typeof missCount !== 'number') return COUNTERS_OF_OTHERS;
  return { reportCount, missCount };
}
