/** What attempts that wait for their pods cost, from the audit log and the histories of the heals. */

import type proto from '@temporalio/proto';
import type { AuditEvent } from '../sandbox/audit.ts';
import { livesOn, turnaroundsOf, workerRequestsAbout } from '../tests/e2e/audit-attempts.ts';
import { percentile } from './result.ts';

type History = proto.temporal.api.history.v1.IHistory;

export interface ProbedNode {
  readonly name: string;
  readonly uid: string;
  readonly history: History;
}

export type ProbeFigures = Readonly<Record<string, string | number>>;

const PROBE = 'probePod';

/** A row of the table. `requests`: of worker and starter, from the audit log. */
export function probeFigures(
  label: string,
  { nodes, requests }: { readonly nodes: readonly ProbedNode[]; readonly requests: readonly AuditEvent[] },
): ProbeFigures {
  const lives = nodes.flatMap(({ name }) => livesOn(requests, name));
  const tookMs = turnaroundsOf(lives);
  const about = nodes.flatMap((node) => workerRequestsAbout(requests, node).filter(({ verb }) => verb !== 'watch'));
  const ofAttempts = about.filter(isOfAttempt);
  const costs = nodes.map(({ history }) => eventCosts(history));
  const sum = (count: (cost: EventCosts) => number) => costs.reduce((total, cost) => total + count(cost), 0);
  return {
    nodes: label,
    heals: nodes.length,
    attempts: tookMs.length,
    'create to judged p50 ms': Math.round(percentile(tookMs, 50)),
    'p99 ms': Math.round(percentile(tookMs, 99)),
    'events per attempt': (sum(({ between }) => between) / sum(({ cycles }) => cycles)).toFixed(1),
    'events beside them, per heal': (sum(({ beside }) => beside) / nodes.length).toFixed(1),
    'requests per attempt': (ofAttempts.length / tookMs.length).toFixed(2),
    'requests beside them, per heal': ((about.length - ofAttempts.length) / nodes.length).toFixed(1),
  };
}

/** A heal lists the pods of its node and writes Events; an attempt makes, reads and deletes a pod, and reads its Events. */
function isOfAttempt({ resource, verb }: AuditEvent): boolean {
  return resource === 'pods' ? verb !== 'list' : resource === 'events' && verb !== 'create';
}

interface EventCosts {
  /** From the first attempt of the heal to its last one. */
  readonly between: number;
  /** Attempts in that time, but for the last one. */
  readonly cycles: number;
  /** Before the first attempt, and from the last one on but for what it costs itself. */
  readonly beside: number;
}

function eventCosts({ events }: History): EventCosts {
  const all = events ?? [];
  const probes = all.flatMap(({ activityTaskScheduledEventAttributes: activity }, index) =>
    activity?.activityType?.name === PROBE ? [index] : [],
  );
  const [first, last] = [probes[0], probes.at(-1)];
  if (first === undefined || last === undefined || probes.length < 2) {
    throw new Error(`a heal with ${probes.length} attempts shows nothing of what one costs`);
  }
  const between = last - first;
  const cycles = probes.length - 1;
  return { between, cycles, beside: all.length - between - between / cycles };
}
