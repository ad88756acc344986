/** The output of `vigilante privileges`: as a table or as JSON. */

import type { PrivilegeRow, PrivilegesReport, PrivilegesStatus } from '../../contracts/privileges/watch-privileges.ts';
import { assertNever } from '../../domain/assert-never.ts';
import { countPrivileges } from '../../domain/privileges/messages.ts';
import { driftRows } from '../../domain/privileges/report.ts';
import { shortDuration } from '../short-duration.ts';
import { type Column, renderTable } from '../table.ts';

export const PRIVILEGES_FORMATS = ['table', 'json'] as const;
export type PrivilegesFormat = (typeof PRIVILEGES_FORMATS)[number];

const FINDINGS_WIDTH_MAX = 80;

export interface PrivilegesView {
  readonly format: PrivilegesFormat;
  /** Only what is drift. */
  readonly drift: boolean;
  readonly nowMs: number;
}

export function renderPrivileges(status: PrivilegesStatus, { format, drift, nowMs }: PrivilegesView): string {
  const { report } = status;
  const rows = report === null ? [] : drift ? driftRows(report) : report.rows;
  switch (format) {
    case 'json':
      return `${JSON.stringify(jsonOf(status, rows), null, 2)}\n`;
    case 'table':
      return [summary(status, nowMs), rows.length === 0 ? '' : renderTable(COLUMNS, rows), omitted(report)]
        .filter((part) => part !== '')
        .join('\n');
    default:
      return assertNever(format);
  }
}

const COLUMNS: readonly Column<PrivilegeRow>[] = [
  { title: 'JUDGEMENT', cell: ({ judgement }) => judgement },
  { title: 'NAMESPACE', cell: ({ namespace }) => namespace ?? '*' },
  { title: 'WORKLOAD', cell: ({ workload }) => workload ?? '*' },
  { title: 'CONTAINER', cell: ({ container }) => container ?? '*' },
  { title: 'COUNT', cell: ({ count }) => String(count) },
  { title: 'SEEN-BY', cell: ({ worst }) => worst?.source ?? '-' },
  {
    title: 'FINDINGS',
    cell: ({ findings }) => (findings.length === 0 ? '-' : findings.join('; ')),
    widthMax: FINDINGS_WIDTH_MAX,
  },
];

function summary(status: PrivilegesStatus, nowMs: number): string {
  const { cluster, state, report, unavailable, writeProblem, lastEvaluationMs, nextEvaluationMs } = status;
  const rows: readonly (readonly [string, string | null])[] = [
    ['Cluster', cluster],
    ['State', state],
    ['Containers', report === null ? 'not evaluated yet' : countPrivileges(report)],
    ['Unavailable', unavailable],
    ['Not written', writeProblem],
    ...(report?.problems ?? []).map((problem) => ['Without', problem] as const),
    ['Last evaluation', lastEvaluationMs === null ? 'none yet' : `${shortDuration(nowMs - lastEvaluationMs)} ago`],
    ['Next evaluation', nextEvaluationMs > nowMs ? `in ${shortDuration(nextEvaluationMs - nowMs)}` : null],
  ];
  const shown = rows.filter(([, text]) => text !== null);
  const width = Math.max(...shown.map(([title]) => title.length)) + 3;
  return shown.map(([title, text]) => `${`${title}:`.padEnd(width)}${text}\n`).join('');
}

function omitted(report: PrivilegesReport | null): string {
  return report === null || report.omitted === 0 ? '' : `and ${report.omitted} more rows\n`;
}

/** Stable keys for scripts; times are ISO 8601. */
function jsonOf(status: PrivilegesStatus, rows: readonly PrivilegeRow[]) {
  const { cluster, state, report, unavailable, writeProblem, evaluations } = status;
  return {
    cluster,
    state,
    running: true,
    counts: report?.counts ?? null,
    rows,
    omitted: report?.omitted ?? 0,
    problems: report?.problems ?? [],
    unavailable,
    writeProblem,
    evaluations,
    reportAt: isoTime(report?.atMs ?? null),
    lastEvaluation: isoTime(status.lastEvaluationMs),
    nextEvaluation: isoTime(status.nextEvaluationMs > 0 ? status.nextEvaluationMs : null),
  };
}

function isoTime(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
