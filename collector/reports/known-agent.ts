/** What the collector keeps of an agent in memory: the report itself as text, which takes a fifth of the memory of its objects. */

import type { AgentReport } from '../../contracts/connectivity/agent-report.ts';
import type { AgentPod, ReportFacts } from '../../domain/connectivity/agent-judgement.ts';
import type { AgentRecord, PodIdentity, TakenAt } from '../stores/report-store.ts';
import { seriesOf } from './series.ts';

const SECOND_MS = 1_000;
/** Kubernetes gives the time of creation in whole seconds, and so does the header with its clock's time. */
const CREATION_PRECISION_MS = 2_000;

export interface KnownAgent extends ReportFacts {
  /** Name of its record. */
  readonly name: string;
  readonly podName: string;
  /** Null where no pod of that name was known when the report came. */
  readonly pod: PodIdentity | null;
  readonly taken: TakenAt;
  readonly series: string;
  readonly reportCount: number;
  readonly missCount: number;
  /** HTTP probes in the report. */
  readonly probeCount: number;
  /** JSON of an `AgentReport` in UTF-8, a character for each byte: V8 would take two bytes each for other text. */
  readonly text: string;
}

/** Records of older versions have only the wall clock's time, of a writer that they do not name. */
export function takenAt({ taken, lastUpdatedMs }: AgentRecord): TakenAt {
  return taken ?? { clock: '', ms: lastUpdatedMs };
}

/** Size of the objects that are kept for an agent beside its text and its names. */
const AGENT_OVERHEAD_BYTES = 768;
/** How often each name is kept: here, in the counts of its series, and in the limits of its rate. */
const NAME_COPIES = 4;

/** What an agent takes in memory. */
export function bytesOf({ name, series, text }: Pick<KnownAgent, 'name' | 'series' | 'text'>): number {
  return text.length + NAME_COPIES * (name.length + series.length) + AGENT_OVERHEAD_BYTES;
}

/** @param receivedMs when it was taken, in the time of this collector */
export function knownAgent(record: AgentRecord, receivedMs: number): KnownAgent {
  const { name, report, reportCount, missCount } = record;
  return {
    name,
    receivedMs,
    reportCount,
    missCount,
    podName: report.podname,
    pod: record.pod ?? null,
    taken: takenAt(record),
    series: seriesOf(report),
    nodeName: report.nodename,
    intervalMs: report.report_interval * SECOND_MS,
    probeCount: report.network_probes?.length ?? 0,
    text: Buffer.from(JSON.stringify(report), 'utf8').toString('latin1'),
  };
}

/** Under the name of its pod. @param lastUpdatedMs when it was taken, for people */
export function recordOf(agent: KnownAgent, lastUpdatedMs: number): AgentRecord {
  const { podName: name, reportCount, missCount } = agent;
  return { name, report: reportOf(agent), lastUpdatedMs, reportCount, missCount };
}

export function reportOf({ text }: Pick<KnownAgent, 'text'>): AgentReport {
  return JSON.parse(Buffer.from(text, 'latin1').toString('utf8')) as AgentReport;
}

/**
 * Whether a report is from that pod. One without a pod counts by its name, and where several pods share the name, by
 * its node. One that came after a pod of the same name was made again is from the new one.
 */
export function speaksFor(
  agent: Pick<KnownAgent, 'pod' | 'nodeName' | 'receivedMs'>,
  { pod, isOnlyOfName }: { readonly pod: AgentPod; readonly isOnlyOfName: boolean },
): boolean {
  if (agent.pod === null) return isOnlyOfName || agent.nodeName === pod.nodeName;
  if (agent.pod.uid === pod.uid) return true;
  return agent.pod.namespace === pod.namespace && agent.receivedMs >= pod.bornMs + CREATION_PRECISION_MS;
}
