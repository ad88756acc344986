/** What was done to the pods and nodes of a sandbox, read from the API server's audit log alone. */

import { z } from 'zod';
import { type AuditEvent, auditUser } from '../../sandbox/audit.ts';
import { RELEASE_NAMESPACE } from '../../sandbox/layout.ts';

export const WORKER = auditUser('vigilante-worker');
export const STARTER = auditUser('vigilante-starter');

/** One healing pod from its creation to its deletion. */
export interface PodLife {
  readonly node: string;
  readonly nodeUid: string;
  readonly name: string;
  readonly uid: string;
  readonly attempt: number;
  readonly createdMs: number;
  readonly createdBy: string;
  /** As the answer to the DELETE showed the pod; null while it exists. */
  readonly end: PodEnd | null;
}

export interface PodEnd {
  readonly deletedMs: number;
  readonly deletedBy: string;
  readonly podIp: string | null;
  readonly hostIp: string | null;
  /** Status of `PodReadyToStartContainers`, which only a pod sandbox with a network has as `True`. */
  readonly sandboxReady: string | null;
}

const PodSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string(), uid: z.string() })).default([]),
  }),
  status: z
    .object({
      podIP: z.string().optional(),
      hostIP: z.string().optional(),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    })
    .default({ conditions: [] }),
});

/** All healing pods that were ever made, in the order of their creation. */
export function podLives(events: readonly AuditEvent[]): readonly PodLife[] {
  const ends = new Map<string, PodEnd>();
  // The log has requests as they were answered: who ends a pod that is deleted may be answered before who deleted it.
  for (const event of events.toSorted((one, other) => one.receivedMs - other.receivedMs)) {
    if (!isWriteOf(event, 'pods', 'delete')) continue;
    const pod = PodSchema.safeParse(event.responseObject);
    // The first one is judged. A pod that a finalizer keeps is deleted again by whoever still finds it.
    if (pod.success && !ends.has(pod.data.metadata.uid)) ends.set(pod.data.metadata.uid, endOf(event, pod.data));
  }
  return events.flatMap((event) => {
    if (!isWriteOf(event, 'pods', 'create') || event.namespace !== RELEASE_NAMESPACE) return [];
    const { metadata } = PodSchema.parse(event.responseObject);
    const owner = metadata.ownerReferences.find(({ kind }) => kind === 'Node');
    if (owner === undefined) return [];
    const { name, uid } = metadata;
    return [
      {
        node: owner.name,
        nodeUid: owner.uid,
        name,
        uid,
        attempt: Number(metadata.labels['vigilante-attempt']),
        createdMs: event.receivedMs,
        createdBy: event.user,
        end: ends.get(uid) ?? null,
      },
    ];
  });
}

export function livesOn(events: readonly AuditEvent[], node: string): readonly PodLife[] {
  return podLives(events).filter((life) => life.node === node);
}

/** From the creation of each pod to the answer of its DELETE, in milliseconds. */
export function turnaroundsOf(lives: readonly PodLife[]): readonly number[] {
  return lives.flatMap(({ createdMs, end }) => (end === null ? [] : [end.deletedMs - createdMs]));
}

/** Level 2 of the design, judged here and not by the product. */
export function provedSandbox({ end }: PodLife): boolean {
  return end?.sandboxReady === 'True' && end.podIp !== null && end.podIp !== end.hostIp;
}

export interface NodePatch {
  readonly node: string;
  /** As sent; null where the patch carried none. */
  readonly uid: string | null;
  readonly annotations: Readonly<Record<string, string | null>>;
  readonly atMs: number;
  readonly user: string;
}

const NodePatchSchema = z.object({
  metadata: z.object({
    uid: z.string().optional(),
    annotations: z.record(z.string(), z.string().nullable()).default({}),
  }),
});

/** Accepted writes of annotations by our own processes. */
export function nodePatches(events: readonly AuditEvent[], node: string): readonly NodePatch[] {
  return events.flatMap((event) => {
    if (!isWriteOf(event, 'nodes', 'patch') || event.name !== node || !isOurs(event)) return [];
    const { metadata } = NodePatchSchema.parse(event.requestObject);
    const { annotations } = metadata;
    return [{ node, uid: metadata.uid ?? null, annotations, atMs: event.receivedMs, user: event.user }];
  });
}

/** The requests of the worker about one node, its pods and their Events, in the order in which they came. */
export function workerRequestsAbout(
  events: readonly AuditEvent[],
  node: { readonly name: string; readonly uid: string },
): readonly AuditEvent[] {
  const lives = livesOn(events, node.name);
  const known = new Set([node.name, node.uid, ...lives.flatMap(({ name, uid }) => [name, uid])]);
  const isAbout = (event: AuditEvent) =>
    (event.name !== null && known.has(event.name)) ||
    [...decodeURIComponent(event.uri).matchAll(/=([^=&,]+)(?=[&,]|$)/g)].some(([, value = '']) => known.has(value)) ||
    known.has(involvedObjectOf(event) ?? '');
  return events
    .filter((event) => event.user === WORKER && isAbout(event))
    .toSorted((one, other) => one.receivedMs - other.receivedMs);
}

/** Such as `delete pods`. */
export function deed({ verb, resource, subresource }: AuditEvent): string {
  return `${verb} ${resource}${subresource === null ? '' : `/${subresource}`}`;
}

/** The longest time for which two of the pods existed together, in milliseconds; 0 where they never did. */
export function longestOverlapMs(lives: readonly PodLife[]): number {
  const overlaps = lives.flatMap((later, index) =>
    lives.slice(0, index).map(({ end }) => (end?.deletedMs ?? Number.POSITIVE_INFINITY) - later.createdMs),
  );
  return Math.max(0, ...overlaps);
}

/** The most requests that fell into one second, whichever it was. */
export function peakPerSecond(events: readonly AuditEvent[]): number {
  const times = events.map(({ receivedMs }) => receivedMs).toSorted((one, other) => one - other);
  let peak = 0;
  let first = 0;
  for (const [index, time] of times.entries()) {
    while ((times[first] ?? time) <= time - 1_000) first += 1;
    peak = Math.max(peak, index - first + 1);
  }
  return peak;
}

export function isOurs({ user }: Pick<AuditEvent, 'user'>): boolean {
  return user === WORKER || user === STARTER;
}

function isWriteOf(event: AuditEvent, resource: string, verb: string): boolean {
  const { code } = event;
  const accepted = code !== null && code < 300;
  return accepted && event.resource === resource && event.verb === verb && event.subresource === null;
}

function endOf(event: AuditEvent, { status }: z.infer<typeof PodSchema>): PodEnd {
  return {
    deletedMs: event.completedMs,
    deletedBy: event.user,
    podIp: status.podIP ?? null,
    hostIp: status.hostIP ?? null,
    sandboxReady: status.conditions.find(({ type }) => type === 'PodReadyToStartContainers')?.status ?? null,
  };
}

const EventSchema = z.object({ involvedObject: z.object({ kind: z.literal('Node'), uid: z.string() }) });

function involvedObjectOf({ requestObject }: AuditEvent): string | null {
  const sent = EventSchema.safeParse(requestObject);
  return sent.success ? sent.data.involvedObject.uid : null;
}
