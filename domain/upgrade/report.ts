/** The report of an upgrade as Markdown: who, what, when, with what was seen (M46). */

import type { BrokenPods } from './after-checks.ts';
import type { CheckResult } from './check.ts';
import type { Decision, NodeRecord } from './cluster-state.ts';

export interface ReportContent {
  readonly cluster: string;
  readonly run: string;
  readonly startedBy: string;
  readonly startedMs: number;
  readonly writtenMs: number;
  readonly versions: {
    readonly kubernetes: string;
    readonly cni: string | null;
    readonly crictl: string | null;
    readonly etcd: string | null;
  };
  readonly order: string | null;
  readonly planDigest: string;
  readonly outcome: string | null;
  readonly detail: string;
  readonly approvedBy: readonly string[];
  readonly preflight: readonly CheckResult[];
  readonly records: readonly NodeRecord[];
  readonly recordsLost: number;
  readonly decisions: readonly Decision[];
  readonly broken: readonly BrokenPods[];
}

/** Of the files of a report, without their ending: another run of this name has others. */
export function reportName({ run, cluster, startedMs }: Pick<ReportContent, 'run' | 'cluster' | 'startedMs'>): string {
  return `${run}.${cluster}.${timeText(startedMs).replaceAll(':', '-')}`;
}

export function reportMarkdown(report: ReportContent): string {
  const { versions } = report;
  const others = [
    ['CNI', versions.cni],
    ['crictl', versions.crictl],
    ['etcd', versions.etcd],
  ].filter(([, to]) => to !== null);
  const to = [versions.kubernetes, ...others.map(([name, version]) => `${name} ${version}`)].join(', ');
  return [
    `# Upgrade of ${report.cluster} to ${to}`,
    '',
    `- run: \`${report.run}\`, started by ${report.startedBy} (as the client says of itself) at ${timeText(report.startedMs)}`,
    `- outcome: **${report.outcome ?? 'not ended'}**: ${report.detail}`,
    `- order: ${report.order ?? 'none'}; plan \`${report.planDigest}\``,
    `- approved by: ${report.approvedBy.join(', ') || 'no approval was needed'}`,
    `- written at ${timeText(report.writtenMs)}`,
    ...section('Decisions', report.decisions.map(decisionLine)),
    ...section('Checks before', report.preflight.map(checkLine)),
    ...section('Steps', stepTable(report)),
    ...section(
      'Broken afterwards',
      report.broken.map((one) => `- ${one.namespace}/${one.workload}: ${one.state}`),
    ),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `## ${title}`, '', ...lines];
}

function decisionLine({ kind, node, by, reason, atMs }: Decision): string {
  return `- ${timeText(atMs)}: ${kind}${node === null ? '' : ` ${node}`} by ${by}: ${reason}`;
}

function checkLine({ check, answer, detail, objects, accepted }: CheckResult): string {
  const found = objects.length === 0 ? '' : ` (${objects.join(', ')})`;
  const why = accepted === null ? '' : `; accepted until ${timeText(accepted.untilMs)}: ${accepted.reason}`;
  return `- ${check}: ${answer}: ${detail}${found}${why}`;
}

function stepTable({ records, recordsLost }: ReportContent): readonly string[] {
  if (records.length === 0) return [];
  return [
    ...(recordsLost === 0 ? [] : [`${recordsLost} earlier ones are left out.`, '']),
    '| node | group | phase | from | to | outcome | began | took | evicted | what was seen |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...records.map(recordRow),
  ];
}

function recordRow(record: NodeRecord): string {
  const { node, group, phase, from, to, outcome, fromMs, toMs, evicted, detail, steps, executorSaid } = record;
  const took = steps.map(({ step, tookMs }) => `${step} ${seconds(tookMs)}`).join(', ');
  const seen = [detail, took, executorSaid ?? ''].filter((text) => text !== '').join('; ');
  const cells = [node, group, phase, from, to, outcome, timeText(fromMs), seconds(toMs - fromMs), evicted, seen];
  return `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
