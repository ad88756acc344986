/** Decides which nodes get an agent's pod, and for which pods an agent runs. */

import { type AgentPodNode, agentPodName } from './agent-pod.ts';

export interface NodeFacts extends AgentPodNode {
  readonly ready: boolean;
  readonly createdMs: number;
  /** Its agent is kept from running. */
  readonly silent: boolean;
}

export interface PodFacts {
  readonly name: string;
  readonly uid: string;
  readonly node: string | null;
  /** Its phase is Running, and it is not being deleted. */
  readonly running: boolean;
}

export interface ClusterFacts {
  readonly nodes: readonly NodeFacts[];
  /** Pods with the label of agents. */
  readonly pods: readonly PodFacts[];
}

export interface Agent {
  readonly node: string;
  readonly podName: string;
  readonly podUid: string;
}

const byAge = new Intl.Collator('en', { numeric: true });

/** The oldest nodes without a pod, as many as may still get one: a pod that is there stays, whatever nodes appear. */
export function nodesWithoutPod({ nodes, pods }: ClusterFacts, countMax: number): readonly NodeFacts[] {
  const taken = new Set(pods.map(({ name }) => name));
  const without = nodes.filter(({ name }) => !taken.has(agentPodName(name)));
  const free = Math.max(0, countMax - (nodes.length - without.length));
  return without
    .toSorted((one, other) => one.createdMs - other.createdMs || byAge.compare(one.name, other.name))
    .slice(0, free);
}

/** No agent reports from a node that is not Ready, or that is to be silent. */
export function agentsToRun({ nodes, pods }: ClusterFacts): readonly Agent[] {
  const byName = new Map(pods.map((pod) => [pod.name, pod]));
  return nodes.flatMap(({ name, ready, silent }) => {
    const pod = byName.get(agentPodName(name));
    if (!ready || silent || pod === undefined || !pod.running || pod.node !== name) return [];
    return [{ node: name, podName: pod.name, podUid: pod.uid }];
  });
}
