/** What an agent's report, its pod and its node say together: it reports, it fails, or it fails for a known reason. */

export type AgentFailure =
  /** No report at all. */
  | 'absent'
  /** The last report is too old. */
  | 'outdated';

/** Why an agent that fails is not held against the network. */
export type SuppressionReason =
  | 'node-cordoned'
  | 'node-not-ready'
  | 'node-deleting'
  | 'node-gone'
  | 'node-young'
  | 'pod-deleting';

export interface AgentPod {
  readonly name: string;
  readonly namespace: string;
  /** Null where it is not scheduled. */
  readonly nodeName: string | null;
  readonly createdMs: number;
  readonly deleting: boolean;
}

export interface AgentNode {
  readonly name: string;
  readonly uid: string;
  /** Label `kubernetes.io/os`; null where it is not set. */
  readonly os: string | null;
  readonly ready: boolean;
  readonly cordoned: boolean;
  readonly deleting: boolean;
  readonly createdMs: number;
}

export interface ReportFacts {
  /** The node that the report names. */
  readonly nodeName: string;
  readonly intervalMs: number;
  /** When the collector took it, by its own clock. */
  readonly lastUpdatedMs: number;
}

/** A time in which the collector took no reports: the agents' silence in it says nothing. */
export interface Outage {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface JudgementRules {
  /** A report that is older counts no more, whatever its interval. */
  readonly reportTtlMs: number;
  /** A node younger than this is still starting. */
  readonly nodeGraceMs: number;
}

export interface JudgementMoment {
  readonly rules: JudgementRules;
  readonly nowMs: number;
  readonly outages: readonly Outage[];
}

export interface AgentJudgement {
  /** Null where the agent reports. */
  readonly failure: AgentFailure | null;
  /** Set only where there is a failure. */
  readonly suppressedBy: SuppressionReason | null;
  /** Since when it fails; null where it reports. */
  readonly sinceMs: number | null;
  /** The node that the report names, where the pod runs on another one. */
  readonly conflictingNode: string | null;
}

/** Of almost all agents, in every check: one object for all of them. */
const REPORTING: AgentJudgement = { failure: null, suppressedBy: null, sinceMs: null, conflictingNode: null };

/** A report is outdated when it is older than this many of its intervals. */
export const INTERVALS_MAX = 2;

export function judgeAgent(
  agent: { readonly pod: AgentPod; readonly node: AgentNode | null; readonly report: ReportFacts | null },
  at: JudgementMoment,
): AgentJudgement {
  const { pod, node, report } = agent;
  const failure = failureOf(report, at);
  const conflictingNode =
    report !== null && pod.nodeName !== null && report.nodeName !== pod.nodeName ? report.nodeName : null;
  if (failure === null && conflictingNode === null) return REPORTING;
  if (failure === null) return { ...REPORTING, conflictingNode };
  const sinceMs = report === null ? pod.createdMs : outdatedFromMs(report, at);
  return { failure, suppressedBy: suppressionOf(pod, node, at), sinceMs, conflictingNode };
}

/** The report's age by the collector's clock, without the times in which no report could be taken. */
export function reportAgeMs(lastUpdatedMs: number, at: Pick<JudgementMoment, 'nowMs' | 'outages'>): number {
  const excusedMs = at.outages.reduce((sum, { fromMs, untilMs }) => {
    return sum + Math.max(0, Math.min(untilMs, at.nowMs) - Math.max(fromMs, lastUpdatedMs));
  }, 0);
  return Math.max(0, at.nowMs - lastUpdatedMs - excusedMs);
}

/** Reports that should have come since the last one, as the original counts them: the first interval is free. */
export function missedReports(
  report: Pick<ReportFacts, 'intervalMs' | 'lastUpdatedMs'>,
  at: Pick<JudgementMoment, 'nowMs' | 'outages'>,
): number {
  if (report.intervalMs <= 0) return 0;
  return Math.max(0, Math.floor(reportAgeMs(report.lastUpdatedMs, at) / report.intervalMs) - 1);
}

/** How old a report may grow. */
export function ageMaxMs({ intervalMs }: Pick<ReportFacts, 'intervalMs'>, rules: JudgementRules): number {
  return Math.min(INTERVALS_MAX * intervalMs, rules.reportTtlMs);
}

function failureOf(report: ReportFacts | null, at: JudgementMoment): AgentFailure | null {
  if (report === null) return 'absent';
  return reportAgeMs(report.lastUpdatedMs, at) > ageMaxMs(report, at.rules) ? 'outdated' : null;
}

function outdatedFromMs(report: ReportFacts, at: JudgementMoment): number {
  const overdueMs = reportAgeMs(report.lastUpdatedMs, at) - ageMaxMs(report, at.rules);
  return at.nowMs - overdueMs;
}

function suppressionOf(pod: AgentPod, node: AgentNode | null, at: JudgementMoment): SuppressionReason | null {
  if (pod.deleting) return 'pod-deleting';
  // A pod that no node was found for has no excuse.
  if (pod.nodeName === null) return null;
  if (node === null) return 'node-gone';
  if (node.deleting) return 'node-deleting';
  if (node.cordoned) return 'node-cordoned';
  if (!node.ready) return 'node-not-ready';
  return at.nowMs - node.createdMs < at.rules.nodeGraceMs ? 'node-young' : null;
}
