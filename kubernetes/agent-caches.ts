/** The agents' pods and all nodes, as the connectivity verdict needs them. */

import { OS_LABEL } from '../contracts/names.ts';
import type { AgentNode, AgentPod } from '../domain/agent-judgement.ts';
import type { ClusterConnection } from './connection.ts';
import { createObjectCache, type ObjectCache } from './object-cache.ts';
import { conditionOf, type NodeObject, type PodObject } from './objects.ts';

export interface AgentPodsOptions {
  readonly selector: string;
  /** Empty: all namespaces, by one watch. */
  readonly namespaces: readonly string[];
  readonly onError: (message: string) => void;
}

/** One cache a namespace. The keys are `namespace/name`. */
export function createAgentPodCaches(
  connection: ClusterConnection,
  { selector, namespaces, onError }: AgentPodsOptions,
): readonly ObjectCache<AgentPod>[] {
  const paths =
    namespaces.length === 0 ? ['/api/v1/pods'] : namespaces.map((name) => `/api/v1/namespaces/${name}/pods`);
  return paths.map((path) =>
    createObjectCache({
      ...{ connection, resource: 'pods', path, labelSelector: selector, onError },
      read: agentPod,
      keyOf: ({ namespace, name }) => `${namespace}/${name}`,
    }),
  );
}

export function createAgentNodeCache(
  connection: ClusterConnection,
  onError: (message: string) => void,
): ObjectCache<AgentNode> {
  return createObjectCache({
    ...{ connection, resource: 'nodes', path: '/api/v1/nodes', labelSelector: '', onError },
    read: agentNode,
    keyOf: ({ name }) => name,
  });
}

export function agentPod({ metadata = {}, spec }: PodObject): AgentPod {
  const { name = '', namespace = '', creationTimestamp, deletionTimestamp } = metadata;
  return {
    name,
    namespace,
    nodeName: spec?.nodeName || null,
    createdMs: timeMs(creationTimestamp),
    deleting: deletionTimestamp !== undefined,
  };
}

export function agentNode({ metadata = {}, spec, status }: NodeObject): AgentNode {
  const { name = '', uid = '', labels, creationTimestamp, deletionTimestamp } = metadata;
  return {
    name,
    uid,
    os: labels?.[OS_LABEL] ?? null,
    ready: conditionOf(status?.conditions, 'Ready')?.status === 'True',
    cordoned: spec?.unschedulable === true,
    deleting: deletionTimestamp !== undefined,
    createdMs: timeMs(creationTimestamp),
  };
}

/** 0 where there is no time: an object that is as old as can be. */
function timeMs(time: string | undefined): number {
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) ? 0 : ms;
}
