/** Whose report it is: the expected pods of a name, and the record that the report of one of them goes into. */

import { createHash } from 'node:crypto';

import type { AgentPod } from '../../domain/connectivity/agent-judgement.ts';
import type { PodIdentity } from '../stores/report-store.ts';

export interface ExpectedPods {
  /** Whether all are known; while they are not, a name without a pod may be one of theirs. */
  areKnown(): boolean;
  /** More than one only where namespaces share a name. */
  named(name: string): readonly AgentPod[];
}

export interface ReportOrigin {
  readonly podName: string;
  /** As the report says. */
  readonly nodeName: string;
  /** The pod that the agent's token is bound to; null without authentication. */
  readonly proven: PodIdentity | null;
}

export interface Attribution {
  readonly recordName: string;
  readonly pod: PodIdentity | null;
}

/** A record's name is that of a pod, also as a custom resource. */
const RECORD_NAME_LENGTH_MAX = 253;

/**
 * Without a token the name says whose report it is; where several pods have it, the node does. A report that fits none
 * of them, or several on one node, goes into the record of the name.
 */
export function attribute(origin: ReportOrigin, pods: readonly AgentPod[]): Attribution {
  const { podName } = origin;
  const pod = origin.proven ?? identityOf(matching(origin, pods));
  const isShared = pods.length > 1 && pod !== null;
  return { recordName: isShared ? sharedRecordName({ namespace: pod.namespace, name: podName }) : podName, pod };
}

/** For a pod whose name another expected pod has as well. */
export function sharedRecordName({ namespace, name }: Pick<AgentPod, 'namespace' | 'name'>): string {
  const readable = `${name}.in.${namespace}`;
  if (readable.length <= RECORD_NAME_LENGTH_MAX) return readable;
  return `in.${namespace}.${createHash('sha256').update(name).digest('hex')}`;
}

function matching({ nodeName }: ReportOrigin, pods: readonly AgentPod[]): AgentPod | undefined {
  if (pods.length === 1) return pods[0];
  const onNode = pods.filter((pod) => pod.nodeName === nodeName);
  return onNode.length === 1 ? onNode[0] : undefined;
}

function identityOf(pod: AgentPod | undefined): PodIdentity | null {
  return pod === undefined ? null : { namespace: pod.namespace, uid: pod.uid };
}
