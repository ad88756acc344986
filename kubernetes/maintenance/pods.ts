/** Reads the pods of a node, evicts and deletes them: the only place from which a maintenance takes pods of others away. */

import { ACT_POD_LABELS } from '../../contracts/maintenance/names.ts';
import type { EvictionAnswer } from '../../domain/maintenance/eviction.ts';
import type { PodFacts } from '../../domain/maintenance/pods.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { ClusterError } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import type { PodObject } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';

export interface NodePods {
  list(node: NodeName): Promise<readonly PodFacts[]>;
  /** `POST pods/NAME/eviction` with the pod's uid; never throws for what is answered. */
  evict(pod: PodKey): Promise<EvictionAnswer>;
  /** Past all budgets, with the pod's uid; answered as an eviction. */
  delete(pod: PodKey): Promise<EvictionAnswer>;
}

type PodKey = Pick<PodFacts, 'namespace' | 'name' | 'uid'>;

const PODS = { group: '', version: 'v1', plural: 'pods' } as const;
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const GRACE_DEFAULT_SECONDS = 30;
const OK = 201;

interface NodePodObject extends PodObject {
  readonly metadata?: NonNullable<PodObject['metadata']> & {
    readonly deletionGracePeriodSeconds?: number;
    readonly ownerReferences?: readonly { readonly kind?: string; readonly controller?: boolean }[] | null;
  };
  readonly spec?: NonNullable<PodObject['spec']> & {
    readonly priority?: number;
    readonly terminationGracePeriodSeconds?: number;
    readonly volumes?:
      | readonly {
          readonly emptyDir?: unknown;
          readonly persistentVolumeClaim?: unknown;
          readonly ephemeral?: unknown;
        }[]
      | null;
  };
}

export function createNodePods(connection: ClusterConnection): NodePods {
  return {
    async list(node) {
      const selection = { fieldSelector: `spec.nodeName=${node}`, about: `of node ${node}` };
      const found: PodFacts[] = [];
      for await (const { items } of resourceOf(connection, { ...PODS, namespace: null }).pages(selection)) {
        found.push(...items.map(podFacts));
      }
      return found;
    },
    evict({ namespace, name, uid }) {
      const body = {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace },
        deleteOptions: { preconditions: { uid } },
      };
      return answerTo(resourceOf(connection, { ...PODS, namespace }).post(name, 'eviction', body));
    },
    delete({ namespace, name, uid }) {
      return answerTo(resourceOf(connection, { ...PODS, namespace }).delete(name, { preconditions: { uid } }));
    },
  };
}

async function answerTo(request: Promise<unknown>): Promise<EvictionAnswer> {
  try {
    await request;
    return { status: OK, message: '', causes: [], details: [], retryAfterMs: null };
  } catch (error) {
    if (error instanceof ClusterError) return evictionAnswer(error);
    throw error;
  }
}

export function podFacts({ metadata, spec, status }: NodePodObject): PodFacts {
  const { labels, annotations } = metadata ?? {};
  const volumes = spec?.volumes ?? [];
  const controller = metadata?.ownerReferences?.find((owner) => owner.controller === true)?.kind ?? null;
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    controller,
    isMirror: annotations?.[MIRROR_ANNOTATION] !== undefined,
    hasEnded: status?.phase === 'Succeeded' || status?.phase === 'Failed',
    isOurs: Object.entries(ACT_POD_LABELS).every(([key, value]) => labels?.[key] === value),
    hasEmptyDir: volumes.some(({ emptyDir }) => emptyDir !== undefined),
    hasClaims: volumes.some(
      ({ persistentVolumeClaim, ephemeral }) => (persistentVolumeClaim ?? ephemeral) !== undefined,
    ),
    isUnsafeToEvict: annotations?.[SAFE_TO_EVICT] === 'false',
    labels: labels ?? {},
    priority: spec?.priority ?? 0,
    ending: endingOf(metadata, spec?.terminationGracePeriodSeconds),
    finalizers: metadata?.finalizers ?? [],
  };
}

/** `deletionTimestamp` is when the grace is over, not when the pod was asked to end. */
function endingOf(metadata: NodePodObject['metadata'], graceSeconds = GRACE_DEFAULT_SECONDS): PodFacts['ending'] {
  if (metadata?.deletionTimestamp === undefined) return null;
  const graceMs = (metadata.deletionGracePeriodSeconds ?? graceSeconds) * 1_000;
  const endMs = Date.parse(metadata.deletionTimestamp);
  return { sinceMs: Number.isNaN(endMs) ? 0 : endMs - graceMs, graceMs };
}

/** A 403 just after an outage is the API server that does not know its roles yet: that passes. */
function evictionAnswer({ failure, answer }: ClusterError): EvictionAnswer {
  const status = answer === null || (answer.status === 403 && failure.kind === 'unreachable') ? 0 : answer.status;
  const causes = causesOf(answer?.body);
  return {
    status,
    message: failure.message,
    causes: causes.map(({ reason = '' }) => reason),
    details: causes.map(({ message = '' }) => message),
    retryAfterMs: answer?.retryAfterMs ?? null,
  };
}

interface Cause {
  readonly reason?: string;
  readonly message?: string;
}

function causesOf(body: unknown): readonly Cause[] {
  if (typeof body !== 'object' || body === null) return [];
  const { details } = body as { readonly details?: { readonly causes?: unknown } | null };
  const causes = details?.causes;
  return Array.isArray(causes) ? (causes as readonly Cause[]) : [];
}
