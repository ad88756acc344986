/** How long after their cure nodes were marked, and what became of their pods and taints, from the audit log. */

import { z } from 'zod';
import { DEFAULT_HEALED_ANNOTATION } from '../contracts/healing/names.ts';
import type { AuditEvent } from '../sandbox/audit.ts';
import { probeLives } from '../tests/chaos/probe-lives.ts';
import { podLives, turnaroundsOf, WORKER } from '../tests/e2e/audit-attempts.ts';
import { percentile } from './result.ts';

/** The default of `healing.patience`: how long a pod may take that has not ended. */
export const PATIENCE_MS = 120_000;
const MARK = `"${DEFAULT_HEALED_ANNOTATION}":"true"`;
const CreatedSchema = z.object({ metadata: z.object({ name: z.string() }) });

interface Measured {
  readonly curedMs: ReadonlyMap<string, number>;
  readonly workerMb: number;
  /** Of some heals. */
  readonly eventCounts: readonly number[];
  /** 0 without a startup taint. */
  readonly capMs: number;
}

/** A row of the table, and what went wrong. */
export function cureFigures(events: readonly AuditEvent[], { curedMs, workerMb, eventCounts, capMs }: Measured) {
  const marks = marksIn(events);
  const tookMs = [...curedMs].map(([name, cured]) => (marks.get(name) ?? Number.NaN) - cured);
  const early = [...curedMs.keys()].filter((_, index) => !((tookMs[index] ?? Number.NaN) >= 0));
  const lives = podLives(events).filter(({ node, createdBy }) => createdBy === WORKER && curedMs.has(node));
  const turnaroundsMs = turnaroundsOf(lives);
  const requests = events.filter(({ user, verb }) => user === WORKER && verb !== 'watch').length;
  const attempts = turnaroundsMs.length;
  const created = createdMs(events);
  const sinceCreation = (times: ReadonlyMap<string, number>) =>
    [...times].flatMap(([name, atMs]) => (curedMs.has(name) ? [atMs - (created.get(name) ?? Number.NaN)] : []));
  const firstsMs = sinceCreation(new Map(lives.toReversed().map(({ node, createdMs: atMs }) => [node, atMs])));
  const lateMs = sinceCreation(capsIn(events)).map((ageMs) => ageMs - capMs);
  const s = (ms: number) => (ms / 1_000).toFixed(1);
  return {
    row: {
      p50: s(percentile(tookMs, 50)),
      p90: s(percentile(tookMs, 90)),
      p99: s(percentile(tookMs, 99)),
      max: s(percentile(tookMs, 100)),
      'first pod p50': s(percentile(firstsMs, 50)),
      'first pod p99': s(percentile(firstsMs, 99)),
      'turn-around p50': s(percentile(turnaroundsMs, 50)),
      'turn-around p99': s(percentile(turnaroundsMs, 99)),
      'attempts a heal': (attempts / curedMs.size).toFixed(1),
      'requests a heal beside 2 an attempt': (requests / curedMs.size - (2 * attempts) / curedMs.size).toFixed(1),
      'events a heal': Math.round(percentile(eventCounts, 50)),
      'worker MB': workerMb,
      ...(capMs === 0
        ? {}
        : { capped: lateMs.length, 'cap late p50': s(percentile(lateMs, 50)), 'p99 late': s(percentile(lateMs, 99)) }),
    },
    problems: [
      ...early.map((name) => `${name} was marked before its cure`),
      ...deletedEarly(events).map((name) => `${name} was deleted before it had ended`),
    ],
  };
}

/** Pods that had neither ended nor had their patience. */
function deletedEarly(events: readonly AuditEvent[]): readonly string[] {
  return probeLives(events, { seenPods: [], worker: WORKER }).flatMap(({ name, datedMs, deletion }) =>
    deletion !== null && !deletion.hadEnded && deletion.atMs - datedMs < PATIENCE_MS ? [name] : [],
  );
}

function createdMs(events: readonly AuditEvent[]): ReadonlyMap<string, number> {
  return new Map(
    events.flatMap(({ verb, resource, requestObject, receivedMs }) => {
      const node = verb === 'create' && resource === 'nodes' ? CreatedSchema.safeParse(requestObject).data : undefined;
      return node === undefined ? [] : [[node.metadata.name, receivedMs] as const];
    }),
  );
}

/** When each node lost its startup taint without a mark. */
function capsIn(events: readonly AuditEvent[]): ReadonlyMap<string, number> {
  return new Map(
    events.flatMap((event) =>
      isNodePatch(event) && event.name !== null && isCap(event) ? [[event.name, event.receivedMs]] : [],
    ),
  );
}

function isCap({ requestObject }: AuditEvent): boolean {
  const sent = JSON.stringify(requestObject);
  return sent.includes('"taints":') && !sent.includes(MARK);
}

/** The first mark of each node, in milliseconds. */
function marksIn(events: readonly AuditEvent[]): ReadonlyMap<string, number> {
  const marks = new Map<string, number>();
  for (const event of events) {
    const { name, requestObject, receivedMs } = event;
    if (!isNodePatch(event) || name === null) continue;
    if (JSON.stringify(requestObject).includes(MARK) && !marks.has(name)) marks.set(name, receivedMs);
  }
  return marks;
}

function isNodePatch({ user, verb, resource, code }: AuditEvent): boolean {
  return user === WORKER && verb === 'patch' && resource === 'nodes' && code === 200;
}
