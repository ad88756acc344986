/** Records for the tests of the stores. */

import type { AgentRecord, RecordChange, ReportStore } from '../../../collector/stores/report-store.ts';
import type { AgentReport } from '../../../contracts/connectivity/agent-report.ts';

/** A moment with milliseconds. */
export const TAKEN_MS = Date.parse('2026-11-22T07:00:00.123Z');

export function reportOf(name: string, changes: Partial<AgentReport> = {}): AgentReport {
  return {
    report_interval: 60,
    nodename: 'node-1',
    podname: name,
    hostdate: '2026-11-22T07:00:00.123456789Z',
    uptime: 1_234,
    nslookup: { 'netchecker-service': ['10.0.0.40'] },
    network_probes: [],
    ips: { lo: ['127.0.0.1/8'], eth0: ['10.244.0.2/24'] },
    ...changes,
  };
}

/** `reportCount` tells one record of a name from the next. */
export function recordOf(name: string, reportCount = 1, changes: Partial<AgentReport> = {}): AgentRecord {
  return { name, report: reportOf(name, changes), lastUpdatedMs: TAKEN_MS + reportCount, reportCount, missCount: 0 };
}

export function byName(records: readonly AgentRecord[]): AgentRecord[] {
  return records.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Opens the store. Returns what it gave until it was open; later changes go to `onChange`. */
export async function contentOf(
  store: Pick<ReportStore, 'open'>,
  onChange: (change: RecordChange) => void = () => {},
): Promise<readonly AgentRecord[]> {
  const found = new Map<string, AgentRecord>();
  let isOpen = false;
  await store.open((change) => {
    if (isOpen) onChange(change);
    else if (change.kind === 'set') found.set(change.record.name, change.record);
    return true;
  });
  isOpen = true;
  return [...found.values()];
}
