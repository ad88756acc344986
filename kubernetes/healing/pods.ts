/** Creates, deletes and lists healing pods: the only place where pods are written. */

import type { PodRef } from '../../contracts/healing/activities.ts';
import { ATTEMPT_LABEL, NODE_UID_LABEL, profilePodLabels, SNAT_PROFILE } from '../../contracts/healing/names.ts';
import { FIELD_MANAGER } from '../../contracts/names.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { ClusterError, isRefused } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { type EventObject, type PodObject, parsePod } from '../client/objects.ts';
import { type Resource, resourceOf } from '../client/resource.ts';
import {
  type HealingAttempt,
  type HealingPodSettings,
  healingPodManifest,
  healingPodName,
  NODE_NAME_ANNOTATION,
  NODE_NAME_LABEL,
  nodeNameLabel,
  type PodPurpose,
  RUN_ANNOTATION,
} from './pod.ts';
import { explainRefusal } from './pod-refusal.ts';

/** A healing pod as its labels describe it. */
export interface FoundPod {
  readonly name: string;
  readonly uid: string;
  /** Empty where the label is missing. */
  readonly nodeUid: string;
  readonly nodeName: string;
  /** -1 where the label holds no number. */
  readonly attempt: number;
  readonly createdMs: number;
  /** Empty where the annotation is missing. */
  readonly run: string;
  /** Finalizers of others that keep a pod which is deleted already; empty for every other pod. */
  readonly heldBy: readonly string[];
}

export type CreatePodResult =
  | { readonly kind: 'created'; readonly pod: PodRef }
  /** A pod of that name is there: perhaps this activity's own from before a retry. */
  | { readonly kind: 'already-exists' }
  | { readonly kind: 'rejected'; readonly status: number; readonly message: string };

export type DeletePodResult =
  /** `pod` is its final state; null where the API server did not send it. */
  | { readonly kind: 'deleted'; readonly pod: PodObject | null }
  /** It is deleted and ends on its node, but these finalizers keep the object until somebody removes them. */
  | { readonly kind: 'held'; readonly pod: PodObject; readonly finalizers: readonly string[] }
  /** No pod of that name, or one with another uid, which was left alone. */
  | { readonly kind: 'gone' };

export interface HealingPods {
  create(input: HealingAttempt): Promise<CreatePodResult>;
  /** Grace 0, only with that uid. */
  delete(pod: { readonly name: string; readonly uid: string }): Promise<DeletePodResult>;
  /** The pod that an attempt would have made; null where none has its name. */
  find(input: { node: NodeName; attempt: number; purpose?: PodPurpose }): Promise<FoundPod | null>;
  /** As the API server has it now; null where it is gone, or another one has its name. */
  read(pod: { readonly name: string; readonly uid: string }): Promise<PodObject | null>;
  listOfNode(selector: { uid: string } | { name: NodeName }): Promise<FoundPod[]>;
  listAll(): Promise<FoundPod[]>;
  /** Events of a pod, also of one that is gone. */
  events(podUid: string): Promise<readonly EventObject[]>;
}

const EVENTS_MAX = 50;

export function createHealingPods(connection: ClusterConnection, settings: HealingPodSettings): HealingPods {
  const { namespace, profile = SNAT_PROFILE } = settings;
  const resource = resourceOf(connection, { group: '', version: 'v1', plural: 'pods', namespace });
  const events = resourceOf(connection, { group: '', version: 'v1', plural: 'events', namespace });

  async function list(labels: Readonly<Record<string, string>>): Promise<FoundPod[]> {
    const labelSelector = Object.entries({ ...profilePodLabels(profile), ...labels })
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
    const pods: FoundPod[] = [];
    for await (const { items } of resource.pages({ labelSelector })) pods.push(...items.map(foundPod));
    return pods;
  }

  return {
    create(input) {
      const manifest = healingPodManifest(input, settings);
      const options = { about: manifest.metadata.name, query: { fieldManager: FIELD_MANAGER } };
      return createdPod(() => resource.create(manifest, options), input.attempt);
    },
    delete: (pod) => deletePod(resource, pod),
    async find(input) {
      const pod = await readPod(resource, healingPodName({ ...input, profile }));
      return pod === null ? null : foundPod(pod);
    },
    async read({ name, uid }) {
      const pod = await readPod(resource, name);
      return pod?.metadata?.uid === uid ? pod : null;
    },
    listOfNode: (selector) =>
      list(
        'uid' in selector ? { [NODE_UID_LABEL]: selector.uid } : { [NODE_NAME_LABEL]: nodeNameLabel(selector.name) },
      ),
    listAll: () => list({}),
    async events(podUid) {
      const selection = { fieldSelector: `involvedObject.uid=${podUid}`, pageSize: EVENTS_MAX };
      // The first page is enough.
      for await (const { items } of events.pages({ ...selection, about: `of pod ${podUid}` })) return items;
      return [];
    },
  };
}

async function createdPod(create: () => Promise<unknown>, attempt: number): Promise<CreatePodResult> {
  try {
    const { metadata } = parsePod(await create());
    return { kind: 'created', pod: { name: metadata?.name ?? '', uid: metadata?.uid ?? '', attempt } };
  } catch (error) {
    if (!(error instanceof ClusterError) || error.failure.kind !== 'refused') throw error;
    const { status, reason, message } = error.failure;
    if (reason === 'AlreadyExists') return { kind: 'already-exists' };
    // Two writers met at an object such as a quota: the pod was not refused, only not counted yet.
    if (status === 409) throw new ClusterError({ kind: 'unreachable', message }, error);
    return { kind: 'rejected', status, message: explainRefusal(message) };
  }
}

/** Null where no pod has the name. */
async function readPod(resource: Resource, name: string): Promise<PodObject | null> {
  try {
    return parsePod(await resource.get(name));
  } catch (error) {
    if (isRefused(error, 404)) return null;
    throw error;
  }
}

async function deletePod(
  resource: Resource,
  { name, uid }: { readonly name: string; readonly uid: string },
): Promise<DeletePodResult> {
  try {
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } };
    const body = await resource.delete(name, options);
    const answer = parsePod(body);
    if (answer.kind !== 'Pod') return { kind: 'deleted', pod: null };
    const finalizers = answer.metadata?.finalizers ?? [];
    return finalizers.length > 0 ? { kind: 'held', pod: answer, finalizers } : { kind: 'deleted', pod: answer };
  } catch (error) {
    if (isRefused(error, 404) || isRefused(error, 409)) return { kind: 'gone' };
    throw error;
  }
}

function foundPod({ metadata }: PodObject): FoundPod {
  const attempt = Number(metadata?.labels?.[ATTEMPT_LABEL] ?? Number.NaN);
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    nodeUid: metadata?.labels?.[NODE_UID_LABEL] ?? '',
    nodeName: metadata?.annotations?.[NODE_NAME_ANNOTATION] ?? '',
    attempt: Number.isInteger(attempt) ? attempt : -1,
    createdMs: Date.parse(metadata?.creationTimestamp ?? '') || 0,
    run: metadata?.annotations?.[RUN_ANNOTATION] ?? '',
    heldBy: metadata?.deletionTimestamp === undefined ? [] : (metadata.finalizers ?? []),
  };
}
