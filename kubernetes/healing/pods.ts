/** Creates, deletes and lists healing pods: the only place where pods are written. */

import type { PodRef } from '../../contracts/healing/activities.ts';
import { ATTEMPT_LABEL, FIELD_MANAGER, HEALING_POD_LABELS, NODE_UID_LABEL } from '../../contracts/names.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { ClusterError, isRefused } from '../client/cluster-error.ts';
import type { ClusterConnection, ClusterRequest } from '../client/connection.ts';
import { type EventObject, type PodObject, parseEventPage, parsePod, parsePodPage } from '../client/objects.ts';
import {
  type HealingAttempt,
  type HealingPodSettings,
  healingPodManifest,
  healingPodName,
  NODE_NAME_ANNOTATION,
  NODE_NAME_LABEL,
  nodeNameLabel,
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
  find(input: { node: NodeName; attempt: number }): Promise<FoundPod | null>;
  listOfNode(selector: { uid: string } | { name: NodeName }): Promise<FoundPod[]>;
  listAll(): Promise<FoundPod[]>;
  /** Events of a pod, also of one that is gone. */
  events(podUid: string): Promise<readonly EventObject[]>;
}

const LIST_PAGE_SIZE = 500;
/** A list ends here, at half a million pods, also if the API server never stops sending continue tokens. */
const LIST_PAGES_MAX = 1_000;
const EVENTS_MAX = 50;

export function createHealingPods(connection: ClusterConnection, settings: HealingPodSettings): HealingPods {
  const { namespace } = settings;
  const collection = `/api/v1/namespaces/${namespace}/pods`;

  async function list(labels: Readonly<Record<string, string>>): Promise<FoundPod[]> {
    const labelSelector = Object.entries({ ...HEALING_POD_LABELS, ...labels })
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
    const pods: FoundPod[] = [];
    let continueToken = '';
    for (let pageCount = 0; pageCount < LIST_PAGES_MAX; pageCount++) {
      const query = { labelSelector, limit: String(LIST_PAGE_SIZE), ...(continueToken && { continue: continueToken }) };
      const target = { verb: 'list', resource: 'pods', object: `${namespace} with ${labelSelector}` };
      const page = parsePodPage(await connection.send({ ...target, method: 'GET', path: collection, query }));
      pods.push(...page.items.map(foundPod));
      continueToken = page.continueToken;
      if (continueToken === '') break;
    }
    return pods;
  }

  return {
    async create(input) {
      const manifest = healingPodManifest(input, settings);
      const target = { verb: 'create', resource: 'pods', object: `${namespace}/${manifest.metadata.name}` };
      const query = { fieldManager: FIELD_MANAGER };
      const request = { ...target, method: 'POST', path: collection, query, body: manifest } as const;
      return createPod(connection, request, input.attempt);
    },
    delete: (pod) => deletePod(connection, { namespace, path: `${collection}/${pod.name}`, pod }),
    async find({ node, attempt }) {
      const name = healingPodName({ node, attempt });
      const target = { verb: 'get', resource: 'pods', object: `${namespace}/${name}` };
      try {
        const body = await connection.send({ ...target, method: 'GET', path: `${collection}/${name}` });
        return foundPod(parsePod(body));
      } catch (error) {
        if (isRefused(error, 404)) return null;
        throw error;
      }
    },
    listOfNode: (selector) =>
      list(
        'uid' in selector ? { [NODE_UID_LABEL]: selector.uid } : { [NODE_NAME_LABEL]: nodeNameLabel(selector.name) },
      ),
    listAll: () => list({}),
    async events(podUid) {
      const body = await connection.send({
        verb: 'list',
        resource: 'events',
        object: `${namespace} of pod ${podUid}`,
        method: 'GET',
        path: `/api/v1/namespaces/${namespace}/events`,
        query: { fieldSelector: `involvedObject.uid=${podUid}`, limit: String(EVENTS_MAX) },
      });
      return parseEventPage(body).items;
    },
  };
}

async function createPod(
  connection: ClusterConnection,
  request: ClusterRequest,
  attempt: number,
): Promise<CreatePodResult> {
  try {
    const { metadata } = parsePod(await connection.send(request));
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

async function deletePod(
  connection: ClusterConnection,
  { namespace, path, pod }: { namespace: string; path: string; pod: { name: string; uid: string } },
): Promise<DeletePodResult> {
  try {
    const body = await connection.send({
      verb: 'delete',
      resource: 'pods',
      object: `${namespace}/${pod.name}`,
      method: 'DELETE',
      path,
      body: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid: pod.uid } },
    });
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
