/** The agents' pods and all nodes, as the connectivity verdict needs them. */

import { OS_LABEL } from '../../contracts/names.ts';
import type { AgentNode, AgentPod } from '../../domain/connectivity/agent-judgement.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { createObjectCache, type ObjectCache } from '../client/object-cache.ts';
import { conditionOf, type NodeObject, type ObjectMeta, type PodObject } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';
import { NODES } from '../nodes/nodes.ts';

export interface AgentPodsOptions {
  readonly selector: string;
  /** Empty: all namespaces, by one watch. */
  readonly namespaces: readonly string[];
  readonly onError: (message: string) => void;
  /** The clock that ages reports. */
  readonly nowMs: () => number;
}

/** A pod in one of these phases ends, or has ended: its replacement reports. */
const FINISHED_PHASES: readonly unknown[] = ['Failed', 'Succeeded'];

/** One cache a namespace, of the pods that have not ended. The keys are `namespace/name`, the groups are names. */
export function createAgentPodCaches(
  connection: ClusterConnection,
  { selector, namespaces, onError, nowMs }: AgentPodsOptions,
): readonly ObjectCache<AgentPod>[] {
  const read = (pod: PodObject, known: (key: string) => AgentPod | undefined): ReadPod => {
    const before = known(`${pod.metadata?.namespace ?? ''}/${pod.metadata?.name ?? ''}`);
    const isSame = before !== undefined && before.uid === pod.metadata?.uid;
    const bornMs = isSame ? before.bornMs : nowMs() - ageMs(pod.metadata, connection);
    return { ...agentPod(pod, bornMs), finished: FINISHED_PHASES.includes(pod.status?.phase) };
  };
  const places = namespaces.length === 0 ? [null] : namespaces;
  return places.map((place) =>
    createObjectCache<ReadPod>({
      resource: resourceOf(connection, { group: '', version: 'v1', plural: 'pods', namespace: place }),
      plural: 'pods',
      labelSelector: selector,
      onError,
      read,
      isLeftOut: ({ finished }) => finished,
      keyOf: ({ namespace, name }) => `${namespace}/${name}`,
      groupOf: ({ name }) => name,
    }),
  );
}

export function createAgentNodeCache(
  connection: ClusterConnection,
  { onError, nowMs }: Pick<AgentPodsOptions, 'onError' | 'nowMs'>,
): ObjectCache<AgentNode> {
  return createObjectCache<AgentNode>({
    resource: resourceOf(connection, NODES),
    plural: NODES.plural,
    labelSelector: '',
    onError,
    read(node: NodeObject, known) {
      const before = known(node.metadata?.name ?? '');
      const isSame = before !== undefined && before.uid === node.metadata?.uid;
      return agentNode(node, isSame ? before.bornMs : nowMs() - ageMs(node.metadata, connection));
    },
    keyOf: ({ name }) => name,
  });
}

/** With a phase: a pod that has ended is not kept. */
interface ReadPod extends AgentPod {
  readonly finished: boolean;
}

function agentPod({ metadata = {}, spec }: PodObject, bornMs: number): AgentPod {
  const { name = '', namespace = '', uid = '', deletionTimestamp } = metadata;
  const nodeName = spec?.nodeName || null;
  return { name, namespace, uid, nodeName, bornMs, deleting: deletionTimestamp !== undefined };
}

function agentNode({ metadata = {}, spec, status }: NodeObject, bornMs: number): AgentNode {
  const { name = '', uid = '', labels, deletionTimestamp } = metadata;
  return {
    name,
    uid,
    os: labels?.[OS_LABEL] ?? null,
    ready: conditionOf(status?.conditions, 'Ready')?.status === 'True',
    cordoned: spec?.unschedulable === true,
    deleting: deletionTimestamp !== undefined,
    bornMs,
  };
}

/**
 * By the API server's clock, which wrote the time of creation; the clock of this machine may be another one. An object
 * without that time is as old as can be.
 */
function ageMs(metadata: ObjectMeta | undefined, connection: Pick<ClusterConnection, 'serverNowMs'>): number {
  const createdMs = Date.parse(metadata?.creationTimestamp ?? '');
  const nowMs = connection.serverNowMs();
  return Number.isNaN(createdMs) ? nowMs : Math.max(0, nowMs - createdMs);
}
