/** Replays the audit log of a maintenance: what each PodDisruptionBudget allowed when a pod of it was evicted. */

import { z } from 'zod';
import type { AuditEvent } from '../audit.ts';
import { isDone, noteReady } from './maintenance-audit.ts';
import { WORKLOAD_NAMESPACE } from './workloads.ts';

const BudgetSchema = z.object({ status: z.object({ disruptionsAllowed: z.number() }) });

export interface JudgedEviction {
  readonly pod: string;
  readonly workload: string;
  /**
   * How many pods the budget could lose when this one was asked for: as its controller wrote it last, less what was evicted
   * since. 0 is a budget that was broken; null is one that nobody had written yet.
   */
  readonly allowed: number | null;
}

interface Written {
  readonly event: AuditEvent;
  readonly allowed: number;
}

interface Accepted {
  readonly event: AuditEvent;
  readonly workload: string;
}

/** Accepted evictions of Ready pods: others cost the budget nothing. Each workload has the budget of its name. */
export function judgedEvictions(events: readonly AuditEvent[]): readonly JudgedEviction[] {
  const done = events.filter((event) => isDone(event) && event.namespace === WORKLOAD_NAMESPACE);
  const evictions = acceptedEvictions(done);
  return evictions.map(({ event, workload }) => {
    const others = evictions.filter((other) => other.event !== event && other.workload === workload);
    const rooms = seenBy(event, writesOf(done, workload)).map(
      (written) => written.allowed - others.filter((other) => isBetween(other.event, written.event, event)).length,
    );
    return { pod: event.name ?? '', workload, allowed: rooms.length === 0 ? null : Math.max(...rooms) };
  });
}

function acceptedEvictions(events: readonly AuditEvent[]): readonly Accepted[] {
  const ready = new Map<string, string>();
  const accepted: Accepted[] = [];
  for (const event of events.filter(({ resource }) => resource === 'pods')) {
    const workload = ready.get(event.name ?? '');
    if (event.subresource === 'eviction' && workload !== undefined) accepted.push({ event, workload });
    noteReady(ready, event);
  }
  return accepted;
}

function writesOf(events: readonly AuditEvent[], workload: string): readonly Written[] {
  return events.flatMap((event) => {
    const { resource, subresource, name, requestObject } = event;
    if (resource !== 'poddisruptionbudgets' || subresource !== 'status' || name !== workload) return [];
    const budget = BudgetSchema.safeParse(requestObject);
    return budget.success ? [{ event, allowed: budget.data.status.disruptionsAllowed }] : [];
  });
}

/** What the API server may have read of the budget: as it was before the request, or came to be while it was answered. */
function seenBy(eviction: AuditEvent, writes: readonly Written[]): readonly Written[] {
  const before = writes.findLast(({ event }) => event.completedMs < eviction.receivedMs);
  const meanwhile = writes.filter(
    ({ event }) => event.completedMs >= eviction.receivedMs && event.receivedMs <= eviction.completedMs,
  );
  return before === undefined ? meanwhile : [before, ...meanwhile];
}

/** Whether an eviction is counted neither in what was written nor after the other one. */
function isBetween(other: AuditEvent, written: AuditEvent, eviction: AuditEvent): boolean {
  return other.receivedMs > written.completedMs && other.completedMs < eviction.receivedMs;
}
