/** The life of a node's healing pods and its annotation, read from the API server's audit log alone. */

import { z } from 'zod';
import {
  ATTEMPT_LABEL,
  DEFAULT_HEALED_ANNOTATION,
  HEALING_SWITCH_ANNOTATION,
  NODE_UID_LABEL,
} from '../../contracts/healing/names.ts';
import { type AuditEvent, auditUser } from '../../sandbox/audit.ts';

export interface PodLife {
  readonly name: string;
  readonly uid: string;
  readonly nodeUid: string;
  readonly attempt: number;
  readonly createdMs: number;
  /** When its delete was asked for; null while it is there. */
  readonly deletedMs: number | null;
  readonly deletedBy: string | null;
  /** Its sandbox was ready when it was deleted. */
  readonly proven: boolean;
}

export interface NodeWrite {
  readonly atMs: number;
  readonly user: string;
  /** Status of the answer. */
  readonly code: number | null;
  readonly healed: string | null;
  readonly healingSwitch: string | null;
}

const NODE_NAME_ANNOTATION = 'vigilante-node-name';

const PodSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  status: z
    .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
    .default({ conditions: [] }),
});

const NodePatchSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string().nullable()).default({}) }),
});

/** In the order of their creation. */
export function podLives(events: readonly AuditEvent[], node: string): readonly PodLife[] {
  const ofPods = events.filter(({ resource, subresource }) => resource === 'pods' && subresource === null);
  const deletions = new Map(
    ofPods.flatMap((event) => {
      const pod = PodSchema.safeParse(event.responseObject);
      return event.verb === 'delete' && event.code === 200 && pod.success
        ? [[pod.data.metadata.uid, { event, pod: pod.data }] as const]
        : [];
    }),
  );
  return ofPods.flatMap((event) => {
    const pod = PodSchema.safeParse(event.responseObject);
    if (event.verb !== 'create' || event.code !== 201 || !pod.success) return [];
    const { name, uid, labels, annotations } = pod.data.metadata;
    if (annotations[NODE_NAME_ANNOTATION] !== node) return [];
    const deletion = deletions.get(uid);
    const conditions = deletion?.pod.status.conditions ?? [];
    return [
      {
        name,
        uid,
        nodeUid: labels[NODE_UID_LABEL] ?? '',
        attempt: Number(labels[ATTEMPT_LABEL]),
        createdMs: event.completedMs,
        deletedMs: deletion?.event.receivedMs ?? null,
        deletedBy: deletion?.event.user ?? null,
        proven: conditions.some(({ type, status }) => type === 'PodReadyToStartContainers' && status === 'True'),
      },
    ];
  });
}

/** Patches of the node by our own processes. */
export function nodeWrites(events: readonly AuditEvent[], node: string): readonly NodeWrite[] {
  return events.flatMap((event) => {
    const isPatch = event.verb === 'patch' && event.resource === 'nodes' && event.name === node;
    const patch = NodePatchSchema.safeParse(event.requestObject);
    if (!isPatch || !patch.success || !event.user.startsWith(auditUser(''))) return [];
    const { annotations } = patch.data.metadata;
    return [
      {
        atMs: event.receivedMs,
        user: event.user,
        code: event.code,
        healed: annotations[DEFAULT_HEALED_ANNOTATION] ?? null,
        healingSwitch: annotations[HEALING_SWITCH_ANNOTATION] ?? null,
      },
    ];
  });
}

/** Pairs of pods that were there at the same time, and for how long. */
export function overlaps(lives: readonly PodLife[]): readonly { readonly attempts: string; readonly ms: number }[] {
  return lives.flatMap((one, index) =>
    lives.slice(index + 1).flatMap((other) => {
      const fromMs = Math.max(one.createdMs, other.createdMs);
      const untilMs = Math.min(one.deletedMs ?? Number.MAX_SAFE_INTEGER, other.deletedMs ?? Number.MAX_SAFE_INTEGER);
      return untilMs > fromMs ? [{ attempts: `${one.attempt} and ${other.attempt}`, ms: untilMs - fromMs }] : [];
    }),
  );
}
