/**
 * The life of each pod that asks the echo, and what it showed there: the answer of the echo that the player wrote into its
 * status, beside what the behaviour of its node let it show. Nothing here is the word of a worker.
 */

import { z } from 'zod';
import { ATTEMPT_LABEL } from '../../contracts/healing/names.ts';
import { RUN_ANNOTATION } from '../../kubernetes/healing/pod.ts';
import type { AuditEvent } from '../../sandbox/audit.ts';
import { BEHAVIOUR_LABEL } from '../../sandbox/behaviour.ts';
import { RELEASE_NAMESPACE } from '../../sandbox/layout.ts';
import { playOf } from '../../sandbox/probing-pods/play.ts';
import type { ChaosPodLife } from './pod-lives.ts';
import type { SeenPod } from './pod-witness.ts';

/** Whose address the echo saw; `nothing`: it saw none, or the pod never ended. */
export type Shown = 'own' | 'node' | 'other' | 'nothing';

/** `proven`: the worker deleted it, and the echo had seen its own address. Created at the latest at `createdMs`. */
export interface ProbeLife extends ChaosPodLife {
  /** Run of the heal that made it. */
  readonly run: string;
  /** As the API server dated it, in whole seconds. */
  readonly datedMs: number;
  readonly shown: Shown;
  /** What its node let it show; null for a pod that does not end. */
  readonly allowed: Shown | null;
  /** When the DELETE came that removed it; null while it is there, or where nobody's is known. */
  readonly deletion: Deletion | null;
}

interface Deletion {
  readonly atMs: number;
  readonly by: string;
  /** All containers had terminated. */
  readonly hadEnded: boolean;
}

const PodSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    creationTimestamp: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string(), uid: z.string() })).default([]),
  }),
  status: z
    .object({
      podIP: z.string().optional(),
      hostIP: z.string().optional(),
      containerStatuses: z
        .array(z.object({ state: z.object({ terminated: z.object({ message: z.string().default('') }).optional() }) }))
        .default([]),
    })
    .default({ containerStatuses: [] }),
});
type Pod = z.infer<typeof PodSchema>;

const AnswerSchema = z.object({ source: z.string() });

/** The API server rounds down to a second. */
const DATE_ROUNDING_MS = 999;

interface Found {
  pod: Pod;
  createdMs: number | null;
  deletion: (Deletion & { readonly goneMs: number }) | null;
}

/**
 * In the order of their creation. A killed API server may have left a line out of its log: a pod is known by any line about
 * it, and by the look of `pod-witness.ts`.
 */
export function probeLives(
  events: readonly AuditEvent[],
  { seenPods, worker }: { readonly seenPods: readonly SeenPod[]; readonly worker: string },
): readonly ProbeLife[] {
  const found = new Map<string, Found>();
  for (const event of events) {
    const { resource, namespace, code, verb, receivedMs, completedMs } = event;
    if (resource !== 'pods' || namespace !== RELEASE_NAMESPACE || code === null || code >= 300) continue;
    const pod = PodSchema.safeParse(event.responseObject).data;
    if (pod === undefined || pod.metadata.annotations[RUN_ANNOTATION] === undefined) continue;
    const known = found.get(pod.metadata.uid) ?? { pod, createdMs: null, deletion: null };
    if (hasEnded(pod) || !hasEnded(known.pod)) known.pod = pod;
    if (verb === 'create' && event.subresource === null) known.createdMs = receivedMs;
    if (verb === 'delete') {
      // The first one is judged. A pod that a finalizer keeps is deleted again by whoever still finds it.
      known.deletion ??= { atMs: receivedMs, goneMs: completedMs, by: event.user, hadEnded: hasEnded(pod) };
    }
    found.set(pod.metadata.uid, known);
  }
  const seen = new Map(seenPods.map((pod) => [pod.uid, pod]));
  return [...found.values()]
    .map((one) => lifeOf(one, { seen: seen.get(one.pod.metadata.uid), worker }))
    .toSorted((one, other) => one.createdMs - other.createdMs);
}

function lifeOf(
  { pod, createdMs, deletion }: Found,
  { seen, worker }: { readonly seen: SeenPod | undefined; readonly worker: string },
): ProbeLife {
  const { name, uid, labels, annotations, ownerReferences, creationTimestamp } = pod.metadata;
  const owner = ownerReferences.find(({ kind }) => kind === 'Node');
  const datedMs = Date.parse(creationTimestamp);
  const shown = shownBy(pod);
  const latestMs = createdMs ?? datedMs + DATE_ROUNDING_MS;
  return {
    node: owner?.name ?? '',
    nodeUid: owner?.uid ?? '',
    name,
    uid,
    attempt: Number(labels[ATTEMPT_LABEL]),
    run: annotations[RUN_ANNOTATION] ?? '',
    datedMs,
    createdMs: latestMs,
    // Never seen and no end in the log: it lived shorter than from one look to the next.
    goneMs: deletion?.goneMs ?? (seen === undefined ? latestMs : seen.goneMs),
    proven: shown === 'own' && deletion?.by === worker,
    shown,
    allowed: allowedBy(labels[BEHAVIOUR_LABEL] ?? null, datedMs),
    deletion,
  };
}

function hasEnded({ status }: Pod): boolean {
  const { containerStatuses } = status;
  return containerStatuses.length > 0 && containerStatuses.every(({ state }) => state.terminated !== undefined);
}

function shownBy({ status }: Pod): Shown {
  const { podIP, hostIP, containerStatuses } = status;
  const [message = ''] = containerStatuses.map(({ state }) => state.terminated?.message ?? '');
  const source = sourceIn(message);
  if (source === null) return 'nothing';
  if (source === podIP) return 'own';
  return source === hostIP ? 'node' : 'other';
}

function sourceIn(message: string): string | null {
  try {
    return AnswerSchema.safeParse(JSON.parse(message)).data?.source ?? null;
  } catch {
    return null;
  }
}

function allowedBy(behaviour: string | null, datedMs: number): Shown | null {
  const play = playOf(behaviour, datedMs);
  if (play === null) return null;
  if (play.kind === 'mute') return 'nothing';
  return play.arrives === 'pod' ? 'own' : 'node';
}
