/** What an agent's report, its pod and its node say together: it reports, it fails, or it fails for a known reason. */

export const AGENT_FAILURES = [
  /** No report at all. */
  'absent',
  /** The last report is too old. */
  'outdated',
] as const;
export type AgentFailure = (typeof AGENT_FAILURES)[number];

/** Why an agent that fails is not held against the network. */
export const SUPPRESSION_REASONS = [
  'node-cordoned',
  'node-not-ready',
  'node-deleting',
  'node-gone',
  'node-young',
  'pod-deleting',
  /** No node was ever found for the pod: it has no network that could fail. */
  'pod-unscheduled',
] as const;
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];

/** What a failure or a reason is read as that only a newer collector knows. */
export const OTHER = 'other';

/** A pod that is expected to report. One that has failed or succeeded is not. */
export interface AgentPod {
  readonly name: string;
  readonly namespace: string;
  /** Differs between pods of one name that follow each other. */
  readonly uid: string;
  /** Null where it is not scheduled. */
  readonly nodeName: string | null;
  /** When it was created, by the clock that ages reports. */
  readonly bornMs: number;
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
  /** When it was created, by the clock that ages reports. */
  readonly bornMs: number;
}

export interface ReportFacts {
  /** The node that the report names. */
  readonly nodeName: string;
  readonly intervalMs: number;
  /** When a collector took it, by a clock of this process that never steps. */
  readonly receivedMs: number;
}

/** A time in which the collector took no reports: missing reports of it say nothing. */
export interface Outage {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface JudgementRules {
  /** A report is kept at least this long after its pod has gone. */
  readonly reportTtlMs: number;
  /** A node younger than this is still starting. */
  readonly nodeGraceMs: number;
}

type ReportTtl = Pick<JudgementRules, 'reportTtlMs'>;

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

/** Shared by all healthy agents, so that a check of 10,000 allocates nothing. */
const REPORTING: AgentJudgement = { failure: null, suppressedBy: null, sinceMs: null, conflictingNode: null };

/** A report is outdated when it is older than this many of its intervals. */
export const INTERVALS_MAX = 2;

/** A report that is older counts no more unless `reportTtlMs` is longer: an agent may claim any interval. */
export const REPORT_AGE_MAX_MS = 2 * 86_400_000;

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
  const sinceMs = report === null ? pod.bornMs : outdatedFromMs(report, at);
  return { failure, suppressedBy: suppressionOf(pod, node, at), sinceMs, conflictingNode };
}

/** The report's age by the collector's clock, without the times in which no report could be taken. */
export function reportAgeMs(receivedMs: number, at: Pick<JudgementMoment, 'nowMs' | 'outages'>): number {
  const excusedMs = at.outages.reduce((sum, { fromMs, untilMs }) => {
    return sum + Math.max(0, Math.min(untilMs, at.nowMs) - Math.max(fromMs, receivedMs));
  }, 0);
  return Math.max(0, at.nowMs - receivedMs - excusedMs);
}

/** Reports that should have come since the last one, as the original counts them: the first interval is free. */
export function missedReports(
  report: Pick<ReportFacts, 'intervalMs' | 'receivedMs'>,
  at: Pick<JudgementMoment, 'nowMs' | 'outages'>,
): number {
  if (report.intervalMs <= 0) return 0;
  return Math.max(0, Math.floor(reportAgeMs(report.receivedMs, at) / report.intervalMs) - 1);
}

/** How old a report may grow: the agent's own interval decides, within a bound. */
export function ageMaxMs({ intervalMs }: Pick<ReportFacts, 'intervalMs'>, rules: ReportTtl): number {
  return Math.min(INTERVALS_MAX * intervalMs, Math.max(rules.reportTtlMs, REPORT_AGE_MAX_MS));
}

/** For how long a report is kept after it was taken, also where its pod has gone. */
export function keptForMs(report: Pick<ReportFacts, 'intervalMs'>, rules: ReportTtl): number {
  return Math.max(rules.reportTtlMs, ageMaxMs(report, rules));
}

function failureOf(report: ReportFacts | null, at: JudgementMoment): AgentFailure | null {
  if (report === null) return 'absent';
  return reportAgeMs(report.receivedMs, at) > ageMaxMs(report, at.rules) ? 'outdated' : null;
}

function outdatedFromMs(report: ReportFacts, at: JudgementMoment): number {
  const overdueMs = reportAgeMs(report.receivedMs, at) - ageMaxMs(report, at.rules);
  return at.nowMs - overdueMs;
}

function suppressionOf(pod: AgentPod, node: AgentNode | null, at: JudgementMoment): SuppressionReason | null {
  if (pod.deleting) return 'pod-deleting';
  if (pod.nodeName === null) return 'pod-unscheduled';
  if (node === null) return 'node-gone';
  if (node.deleting) return 'node-deleting';
  if (node.cordoned) return 'node-cordoned';
  if (!node.ready) return 'node-not-ready';
  return at.nowMs - node.bornMs < at.rules.nodeGraceMs ? 'node-young' : null;
}
