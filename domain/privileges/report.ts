/** The judgement of all containers, one row for each container of a workload, and what is new of it. */

import { cutText } from '../cut-text.ts';
import type { ContainerFacts, ObjectRef } from './container.ts';
import { closestRow, type Declaration, type Declarations, isLookedAt, placeKey } from './declaration.ts';
import { isDrift, JUDGEMENTS, type Judged, type Judgement, judge } from './judgement.ts';
import { type Observation, observationOf, type ProcessFacts, type Source } from './observation.ts';
import { privilegesIn, type SeenPrivileges, together } from './seen.ts';

export interface PrivilegeRow extends Judged {
  /** Null for a row that nothing runs of, and that names none. */
  readonly namespace: string | null;
  /** Such as `daemonset/ndt`. */
  readonly workload: string | null;
  readonly container: string | null;
  /** Of the declaration; null where none fits. */
  readonly group: string | null;
  /** Containers of this row. */
  readonly count: number;
  /** The one that is judged worst; null where none runs. */
  readonly worst: {
    readonly pod: string;
    readonly node: string;
    readonly owner: ObjectRef;
    readonly source: Source;
  } | null;
  readonly seen: SeenPrivileges | null;
}

export interface PrivilegesReport {
  readonly atMs: number;
  /** Of containers; of `absent`, rows of the file. */
  readonly counts: Readonly<Record<Judgement, number>>;
  /** The worst first, at most `ROWS_MAX`. */
  readonly rows: readonly PrivilegeRow[];
  /** Rows that are left out. */
  readonly omitted: number;
  /** What the report had to do without, for people. */
  readonly problems: readonly string[];
}

/** Bounds what a history and a query hold; the counts are of all. */
export const ROWS_MAX = 400;
const FINDINGS_MAX = 10;
const FINDING_LENGTH_MAX = 120;

export interface ReportFacts {
  readonly atMs: number;
  readonly declarations: Declarations;
  readonly containers: Iterable<ContainerFacts>;
  /** Of the container with this id, as an agent of its node has read them. */
  readonly processesOf: (containerId: string, node: string) => readonly ProcessFacts[];
  readonly problems: readonly string[];
}

interface JudgedContainer extends Judged {
  readonly facts: ContainerFacts;
  readonly row: Declaration | null;
  readonly seen: Observation;
}

interface RowParts {
  readonly place: Pick<ContainerFacts, 'namespace' | 'container'> & { readonly workload: string };
  worst: JudgedContainer;
  count: number;
  seen: SeenPrivileges;
}

export function privilegesReport({
  atMs,
  declarations,
  containers,
  processesOf,
  problems,
}: ReportFacts): PrivilegesReport {
  const counts: Record<Judgement, number> = {
    more: 0,
    undeclared: 0,
    unknown: 0,
    less: 0,
    'as-declared': 0,
    absent: 0,
  };
  const rows = new Map<string, RowParts>();
  const found = new Set<string>();
  for (const facts of containers) {
    if (!isLookedAt(declarations, facts.namespace)) continue;
    const row = closestRow(declarations.rows, facts);
    const seen = observationOf(facts, processesOf(facts.containerId, facts.node));
    const judged = { facts, row, seen, ...judge(seen, row) };
    if (row !== null) found.add(placeKey(row));
    counts[judged.judgement] += 1;
    addTo(rows, judged);
  }
  const absent = declarations.rows.filter((row) => !found.has(placeKey(row)));
  counts.absent = absent.length;
  const all = [...[...rows.values()].map(rowOf), ...absent.map(absentRow)].toSorted(byJudgement);
  return { atMs, counts, rows: all.slice(0, ROWS_MAX), omitted: Math.max(0, all.length - ROWS_MAX), problems };
}

/** Names one drift: another finding makes another one. */
export function driftKey({ namespace, workload, container, judgement, findings }: PrivilegeRow): string {
  return [namespace, workload, container, judgement, ...findings].join(' ');
}

export function driftRows({ rows }: Pick<PrivilegesReport, 'rows'>): readonly PrivilegeRow[] {
  return rows.filter(({ judgement }) => isDrift(judgement));
}

function addTo(rows: Map<string, RowParts>, judged: JudgedContainer): void {
  const { namespace, container, workload } = judged.facts;
  const place = { namespace, container, workload: `${workload.kind}/${workload.name}` };
  const key = [namespace, place.workload, container].join(' ');
  const known = rows.get(key);
  if (known === undefined) {
    rows.set(key, { place, worst: judged, count: 1, seen: privilegesIn(judged.seen) });
    return;
  }
  known.count += 1;
  known.seen = together(known.seen, privilegesIn(judged.seen));
  if (rank(judged.judgement) < rank(known.worst.judgement)) known.worst = judged;
}

function rowOf({ place, worst, count, seen }: RowParts): PrivilegeRow {
  const { pod, node, owner } = worst.facts;
  return {
    ...place,
    group: worst.row?.group ?? null,
    judgement: worst.judgement,
    findings: worst.findings.slice(0, FINDINGS_MAX).map((finding) => cutText(finding, FINDING_LENGTH_MAX)),
    count,
    worst: { pod, node, owner, source: worst.seen.source },
    seen,
  };
}

function absentRow({ group, namespace, workload, container }: Declaration): PrivilegeRow {
  return {
    namespace,
    workload: workload === null ? null : `${workload.kind}/${workload.name}`,
    container,
    group,
    judgement: 'absent',
    findings: ['declared, and nothing runs'],
    count: 0,
    worst: null,
    seen: null,
  };
}

function byJudgement(one: PrivilegeRow, other: PrivilegeRow): number {
  return rank(one.judgement) - rank(other.judgement) || (nameOf(one) < nameOf(other) ? -1 : 1);
}

function rank(judgement: Judgement): number {
  return JUDGEMENTS.indexOf(judgement);
}

function nameOf({ namespace, workload, container }: PrivilegeRow): string {
  return [namespace, workload, container].map((name) => name ?? '').join(' ');
}
