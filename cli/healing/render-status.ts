/** The output of `vigilante status`: as a table, wide, or as JSON. */

import { assertNever } from '../../domain/assert-never.ts';
import type { NodeMark } from '../../domain/node/mark.ts';
import { type HealRecord, lastErrorOf, stateOf } from '../../temporal/healing/heal-record.ts';
import { type Column, renderTable } from '../table.ts';
import { type HealRow, healRow, NONE } from './heal-row.ts';
import type { NodeMarks } from './node-marks.ts';

export const STATUS_FORMATS = ['table', 'wide', 'json'] as const;
export type StatusFormat = (typeof STATUS_FORMATS)[number];

const EVIDENCE_WIDTH_MAX = 60;

const SOURCE = 'SOURCE';
const PROOF = 'PROOF';
const TAINT = 'TAINT';

const COLUMNS: readonly Column<HealRow>[] = [
  { title: 'NODE', cell: (row) => row.node },
  { title: 'STATE', cell: (row) => row.state },
  { title: 'ATTEMPTS', cell: (row) => row.attempts },
  { title: 'PROVEN', cell: (row) => row.proven },
  { title: 'LAST-EVIDENCE', cell: (row) => row.lastEvidence, widthMax: EVIDENCE_WIDTH_MAX },
  { title: SOURCE, cell: (row) => row.source },
  { title: PROOF, cell: (row) => row.proof },
  { title: 'WINDOW-LEFT', cell: (row) => row.windowLeft },
  { title: TAINT, cell: (row) => row.taint },
  { title: 'MARK', cell: (row) => row.mark },
];

const WIDE_COLUMNS: readonly Column<HealRow>[] = [
  ...COLUMNS.map(({ title, cell }) => ({ title, cell })),
  { title: 'AGE', cell: (row: HealRow) => row.age },
  { title: 'POD', cell: (row: HealRow) => row.pod },
  { title: 'LAST-ERROR', cell: (row: HealRow) => row.lastError },
];

export interface StatusView {
  readonly cluster: string;
  readonly nowMs: number;
  readonly format: StatusFormat;
  /** Said when there is nothing to show; differs with `--all` and `--state`. */
  readonly empty: string;
  /** What the marks of the nodes are worth, as the cluster has them; empty where it was not asked. */
  readonly marks: NodeMarks;
}

export function renderStatus(records: readonly HealRecord[], view: StatusView): string {
  const sorted = records.toSorted((a, b) => a.node.localeCompare(b.node));
  switch (view.format) {
    case 'json':
      return `${JSON.stringify(
        sorted.map((record) => jsonOf(record, view.marks.get(record.node) ?? null)),
        null,
        2,
      )}\n`;
    case 'table':
    case 'wide': {
      if (sorted.length === 0) return `${view.empty}\n`;
      const rows = sorted.map((record) =>
        healRow(record, { nowMs: view.nowMs, mark: view.marks.get(record.node) ?? null }),
      );
      return renderTable(columnsFor(view.format, rows), rows);
    }
    default:
      return assertNever(view.format);
  }
}

/** The source is left out where no pod asked for it, the proof where no heal ends by it, the taint where no node has one. */
function columnsFor(format: StatusFormat, rows: readonly HealRow[]): readonly Column<HealRow>[] {
  const columns = format === 'wide' ? WIDE_COLUMNS : COLUMNS;
  const isEmpty = (title: string) =>
    (title === SOURCE && rows.every(({ source }) => source === NONE)) ||
    (title === PROOF && rows.every(({ proof }) => proof === NONE)) ||
    (title === TAINT && rows.every(({ taint }) => taint === NONE));
  return columns.filter(({ title }) => !isEmpty(title));
}

/** Stable keys for scripts; times are ISO 8601. */
function jsonOf(record: HealRecord, mark: NodeMark | null) {
  const { node, workflowId, runId, execution, status, result, pending } = record;
  const hasHeal = execution !== 'none';
  return {
    node,
    state: stateOf(record),
    mark: mark ?? status?.mark ?? null,
    execution,
    answered: status !== null,
    attempts: (status ?? result)?.attempts ?? null,
    podsProven: (status ?? result)?.podsProven ?? null,
    provenPodsMin: status?.provenPodsMin ?? null,
    lastEvidence: status?.lastEvidence
      ? { ...status.lastEvidence, atMs: undefined, at: isoTime(status.lastEvidence.atMs) }
      : null,
    lastRefuted: status?.lastRefuted ?? null,
    ...effectOf(record),
    lastError: lastErrorOf(record),
    pendingActivity: pending,
    refusal: status?.refusal ? { ...status.refusal, sinceMs: undefined, since: isoTime(status.refusal.sinceMs) } : null,
    windowEnd: isoTime(status?.windowEndMs ?? null),
    ...(status?.taint ? { taint: { ...status.taint, capAtMs: undefined, capAt: isoTime(status.taint.capAtMs) } } : {}),
    nextAttempt: isoTime(status?.nextAttemptMs ?? null),
    retryAt: isoTime(status?.retryAtMs ?? null),
    pod: status?.pod?.name ?? null,
    detail: result?.detail ?? null,
    started: isoTime(hasHeal ? record.startedMs : null),
    closed: isoTime(record.closedMs),
    workflowId: hasHeal ? workflowId : null,
    runId: hasHeal ? runId : null,
  };
}

/** Keys that a heal has which ends by its proofs; none for others. */
function effectOf({ status }: HealRecord) {
  if (status?.streak === undefined) return {};
  const { streak, notProven = null, relapses = 0, watch } = status;
  const { markedMs, untilMs, ...rest } = watch ?? { markedMs: null, untilMs: null };
  const shown = watch ? { ...rest, marked: isoTime(markedMs), until: isoTime(untilMs) } : null;
  return { streak, notProven, relapses, watch: shown };
}

function isoTime(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
