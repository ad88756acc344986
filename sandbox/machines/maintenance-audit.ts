/** Replays the audit log of a maintenance: who was cordoned when, in which order, and how many pods were Ready. */

import { z } from 'zod';
import { MAINTENANCE_ANNOTATION } from '../../contracts/maintenance/names.ts';
import { type AuditEvent, auditUser } from '../audit.ts';
import { serviceAccountOf } from '../layout.ts';
import { WORKLOAD_NAMESPACE, type Workload } from './workloads.ts';

const MAINTAINER = auditUser(serviceAccountOf('maintainer'));
/** Who says of a machine that it has booted: its kubelet, or what plays it. */
const MACHINE = /^(sandbox-machines|system:node:.*)$/;

/** What happened to a node, one after the other. */
type Step = 'mark-and-cordon' | 'mark' | 'cordon' | 'evict' | 'act' | 'boot' | 'uncordon' | 'unmark';

const NodePatchSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string().nullable()).default({}) }).prefault({}),
  spec: z.object({ unschedulable: z.boolean().nullable().optional() }).prefault({}),
});
const BootSchema = z.object({ status: z.object({ nodeInfo: z.object({ bootID: z.string() }) }) });
const BindingSchema = z.object({ target: z.object({ name: z.string() }) });
const ActSchema = z.object({
  metadata: z.object({ ownerReferences: z.tuple([z.object({ kind: z.literal('Node'), name: z.string() })]) }),
});

export interface NodeStep {
  readonly node: string;
  readonly step: Step;
}

/** In the order of the answers; evictions that were refused are left out. */
export function nodeSteps(events: readonly AuditEvent[]): readonly NodeStep[] {
  const nodeOf = new Map<string, string>();
  const steps: NodeStep[] = [];
  for (const event of events.filter(isDone)) {
    const bound = boundTo(event);
    if (bound !== null) nodeOf.set(keyOf(event), bound);
    steps.push(...stepsIn(event, nodeOf));
  }
  return steps;
}

function stepsIn(event: AuditEvent, nodeOf: ReadonlyMap<string, string>): readonly NodeStep[] {
  const { user, verb, resource, subresource, name } = event;
  if (MACHINE.test(user) && resource === 'nodes' && subresource === 'status') {
    return BootSchema.safeParse(event.requestObject).success ? [{ node: name ?? '', step: 'boot' }] : [];
  }
  if (user !== MAINTAINER) return [];
  if (resource === 'nodes' && verb === 'patch') {
    const step = patchStep(event);
    return step === null ? [] : [{ node: name ?? '', step }];
  }
  if (resource !== 'pods' || verb !== 'create') return [];
  if (subresource === 'eviction') return [{ node: nodeOf.get(keyOf(event)) ?? '', step: 'evict' }];
  const { metadata } = ActSchema.parse(event.requestObject);
  return [{ node: metadata.ownerReferences[0].name, step: 'act' }];
}

/** Null for a patch that changes neither the cordon nor whether there is a mark, such as the one before the act. */
function patchStep({ requestObject }: AuditEvent): Step | null {
  const { metadata, spec } = NodePatchSchema.parse(requestObject);
  const mark = metadata.annotations[MAINTENANCE_ANNOTATION];
  if (spec.unschedulable === true) return mark === undefined ? 'cordon' : 'mark-and-cordon';
  if (mark === null) return spec.unschedulable === null ? 'uncordon' : 'unmark';
  return mark?.includes('"phase":"draining"') === true ? 'mark' : null;
}

/** Most nodes that were cordoned by the maintainer at once. */
export function cordonedMax(steps: readonly NodeStep[]): number {
  const cordoned = new Set<string>();
  let max = 0;
  for (const { node, step } of steps) {
    if (step === 'mark-and-cordon' || step === 'cordon') cordoned.add(node);
    if (step === 'uncordon') cordoned.delete(node);
    max = Math.max(max, cordoned.size);
  }
  return max;
}

const PodSchema = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().optional(),
  }),
  status: z
    .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
    .prefault({}),
});

/** For each workload the fewest Ready pods at any request from the first at which all were. */
export function readyMin(
  events: readonly AuditEvent[],
  workloads: readonly Workload[],
): Readonly<Record<string, number>> {
  const ready = new Map<string, string>();
  const min: Record<string, number> = {};
  for (const event of events.filter(isDone)) {
    if (event.resource !== 'pods' || event.namespace !== WORKLOAD_NAMESPACE) continue;
    noteReady(ready, event);
    for (const { name, replicas } of workloads) {
      const count = [...ready.values()].filter((app) => app === name).length;
      if (count === replicas) min[name] ??= count;
      if (min[name] !== undefined) min[name] = Math.min(min[name], count);
    }
  }
  return min;
}

/** Pods that are Ready, with their workload. An accepted eviction ends one; the answer to every other write says what it is. */
export function noteReady(ready: Map<string, string>, { verb, subresource, name, responseObject }: AuditEvent): void {
  if (subresource === 'eviction' || verb === 'delete') ready.delete(name ?? '');
  const pod = PodSchema.safeParse(responseObject);
  if (subresource === 'eviction' || verb === 'delete' || !pod.success) return;
  const { metadata, status } = pod.data;
  const isReady = status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True');
  if (isReady && metadata.deletionTimestamp === undefined) ready.set(metadata.name, metadata.labels['app'] ?? '');
  else ready.delete(metadata.name);
}

/** Deletes of pods by the maintainer, as `namespace/name`. */
export function deletesOfMaintainer(events: readonly AuditEvent[]): readonly string[] {
  return events
    .filter(({ user, verb, resource }) => user === MAINTAINER && verb.startsWith('delete') && resource === 'pods')
    .map(({ namespace, name }) => `${namespace}/${name}`);
}

export function isDone({ code, stage }: AuditEvent): boolean {
  return stage === 'ResponseComplete' && code !== null && code < 300;
}

function boundTo({ resource, subresource, requestObject }: AuditEvent): string | null {
  if (resource !== 'pods' || subresource !== 'binding') return null;
  return BindingSchema.parse(requestObject).target.name;
}

function keyOf({ namespace, name }: AuditEvent): string {
  return `${namespace}/${name}`;
}
