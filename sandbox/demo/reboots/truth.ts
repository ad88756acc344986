/** The last line of the demo of reboots: what the API server and its audit log say, whatever was shown before. */

import type { AuditEvent } from '../../audit.ts';
import { cordonedMax, deletesOfMaintainer, nodeSteps, readyMin } from '../../machines/maintenance-audit.ts';
import type { Workload } from '../../machines/workloads.ts';
import { isRebooted } from './reboot-table.ts';
import type { RebootView } from './reboot-views.ts';

export interface Truth {
  readonly nodes: readonly RebootView[];
  /** Boot ids at the start, by node. */
  readonly before: ReadonlyMap<string, string>;
  readonly events: readonly AuditEvent[];
  readonly workloads: readonly Workload[];
  readonly readyPods: number;
  readonly nodesMax: number;
}

export function truthOf(truth: Truth): { readonly line: string; readonly isGood: boolean } {
  const { nodes, before, events, workloads, nodesMax } = truth;
  const steps = nodeSteps(events);
  const rebooted = nodes.filter((node) => isRebooted(node, before)).length;
  const away = cordonedMax(steps);
  const evicted = steps.filter(({ step }) => step === 'evict').length;
  const deleted = deletesOfMaintainer(events).filter((pod) => !pod.includes('/vigilante-act-')).length;
  const min = readyMin(events, workloads);
  const short = workloads.filter(({ name, minAvailable }) => (min[name] ?? 0) < minAvailable).map(({ name }) => name);
  const isGood =
    nodes.length > 0 && rebooted === nodes.length && away <= nodesMax && deleted === 0 && short.length === 0;
  const line = [
    `${rebooted} of ${nodes.length} nodes have another boot id, are Ready and take pods`,
    `at most ${away} were away at a time, ${nodesMax} may be`,
    `${evicted} pods were evicted, ${deleted} deleted`,
    short.length === 0 ? 'no budget was broken' : `budgets broken: ${short.join(', ')}`,
    `${truth.readyPods} of ${sum(workloads)} pods are Ready`,
  ].join('; ');
  return { line, isGood };
}

function sum(workloads: readonly Workload[]): number {
  return workloads.reduce((total, { replicas }) => total + replicas, 0);
}
