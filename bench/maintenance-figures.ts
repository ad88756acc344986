/** What the audit log says of rolling reboots: how soon a free slot was used, and what a node cost. */

import { type AuditEvent, auditUser } from '../sandbox/audit.ts';
import { serviceAccountOf } from '../sandbox/layout.ts';
import { percentile } from './result.ts';

const MAINTAINER = auditUser(serviceAccountOf('maintainer'));

/** @param budget nodes that may be away at a time; there are more than that */
export function maintenanceFigures(
  events: readonly AuditEvent[],
  { nodes, budget }: { readonly nodes: number; readonly budget: number },
) {
  const ours = events.filter(({ user, stage }) => user === MAINTAINER && stage === 'ResponseComplete');
  const cordons = cordonChanges(ours, true);
  const uncordons = cordonChanges(ours, null);
  // With the budget full, the next cordon can only use the slot of the last uncordon.
  const waitsMs = cordons.slice(budget).flatMap((atMs, index) => {
    const freeMs = uncordons[index];
    return freeMs === undefined ? [] : [Math.max(0, atMs - freeMs)];
  });
  const s = (ms: number) => (ms / 1_000).toFixed(1);
  const requests = ours.filter(({ verb }) => verb !== 'watch').length;
  return {
    'slot p50': s(percentile(waitsMs, 50)),
    'slot p99': s(percentile(waitsMs, 99)),
    'all after s': s((uncordons.at(-1) ?? Number.NaN) - (cordons[0] ?? Number.NaN)),
    'requests a node': (requests / nodes).toFixed(1),
  };
}

/** When nodes were cordoned or uncordoned, ascending, in milliseconds. */
function cordonChanges(events: readonly AuditEvent[], to: true | null): readonly number[] {
  return events
    .filter(({ verb, resource, code, requestObject }) => {
      const isDone = verb === 'patch' && resource === 'nodes' && code === 200;
      return isDone && JSON.stringify(requestObject).includes(`"unschedulable":${to}`);
    })
    .map(({ receivedMs }) => receivedMs)
    .toSorted((a, b) => a - b);
}
