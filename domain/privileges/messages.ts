/** What is said of a report of privileges: its state, and texts for people. */

import { clockTime } from '../clock-time.ts';
import { isDrift, JUDGEMENTS } from './judgement.ts';
import { driftRows, type PrivilegeRow, type PrivilegesReport } from './report.ts';

/** `unknown`: nothing was evaluated yet, or the last evaluation gave no report. */
export const PRIVILEGES_STATES = ['ok', 'drift', 'unknown'] as const;
export type PrivilegesState = (typeof PRIVILEGES_STATES)[number];

interface LastEvaluation {
  readonly report: PrivilegesReport | null;
  readonly unavailable: string | null;
}

export function privilegesState({ report, unavailable }: LastEvaluation): PrivilegesState {
  if (report === null || unavailable !== null) return 'unknown';
  return JUDGEMENTS.some((judgement) => isDrift(judgement) && report.counts[judgement] > 0) ? 'drift' : 'ok';
}

/** Such as `2 more, 40 as-declared`. */
export function countPrivileges({ counts }: Pick<PrivilegesReport, 'counts'>): string {
  const parts = JUDGEMENTS.filter((judgement) => counts[judgement] > 0).map(
    (judgement) => `${counts[judgement]} ${judgement}`,
  );
  return parts.length === 0 ? 'no container' : parts.join(', ');
}

/** Such as `container ndt-server is more: uid 0, declared is 65534`. */
export function describeDrift({ container, judgement, findings, worst }: PrivilegeRow): string {
  const where = worst === null ? '' : ` (pod ${worst.pod} on ${worst.node}, by its ${worst.source})`;
  return `the privileges of container ${container} are ${judgement}: ${findings.join('; ')}${where}`;
}

const ROWS_SHOWN_MAX = 20;

/** Markdown for the Temporal UI. */
export function describePrivileges(
  watch: LastEvaluation & {
    readonly cluster: string;
    readonly writeProblem: string | null;
    readonly nextEvaluationMs: number;
  },
): string {
  const { report, unavailable, writeProblem, nextEvaluationMs } = watch;
  const drifts = report === null ? [] : driftRows(report);
  return [
    `Privileges of the workloads of **${watch.cluster}**: **${privilegesState(watch)}**`,
    ...(report === null ? [] : [`Containers: ${countPrivileges(report)}`]),
    ...(unavailable === null ? [] : [`The last evaluation gave no report: ${unavailable}`]),
    ...(writeProblem === null ? [] : [`Not written: ${writeProblem}`]),
    ...(report?.problems ?? []),
    ...drifts.slice(0, ROWS_SHOWN_MAX).map((row) => `- ${row.namespace} ${row.workload}: ${describeDrift(row)}`),
    ...(drifts.length > ROWS_SHOWN_MAX ? [`and ${drifts.length - ROWS_SHOWN_MAX} more`] : []),
    ...(nextEvaluationMs > 0 ? [`Next evaluation at ${clockTime(nextEvaluationMs)}`] : []),
  ].join('\n\n');
}
