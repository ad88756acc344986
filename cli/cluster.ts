/** Reaches the cluster for a command, or says what was tried and what to check. */

import type { HealingProfile } from '../config/policies/profiles.ts';
import { proxyFor } from '../config/proxy.ts';
import type { NodeFacts } from '../domain/node/facts.ts';
import { clusterFailure, isUnauthorized } from '../kubernetes/client/cluster-error.ts';
import { type ClusterConnection, connectCluster } from '../kubernetes/client/connection.ts';
import { KubeconfigError, type KubeconfigSource } from '../kubernetes/client/kubeconfig.ts';
import { healableNodes } from '../kubernetes/healing/healable-nodes.ts';
import { listWindowsNodes } from '../kubernetes/nodes/list.ts';
import { createNodes, type Nodes } from '../kubernetes/nodes/nodes.ts';
import { CommandError, EXIT } from './exit-code.ts';

export interface OpenNodes {
  readonly nodes: Pick<Nodes, 'observe' | 'annotate'> & {
    /** All nodes of the profile; a mark counts as healed, whoever set it. */
    list(): Promise<NodeFacts[]>;
  };
  close(): Promise<void>;
}

/** All failures are `CommandError`. */
export function openNodes(
  kubeconfig: KubeconfigSource,
  { name, os, nodes: selection, healing }: HealingProfile,
): OpenNodes {
  const cluster = connect(kubeconfig);
  const healable = healableNodes({ ...selection, os });
  const reading = { healedAnnotation: healing.annotation, healable, profile: name };
  const nodes = createNodes(cluster, reading);
  return {
    nodes: {
      observe: (name) => explained(nodes.observe(name)),
      annotate: (node, annotations) => explained(nodes.annotate(node, annotations)),
      list: () => explained(listWindowsNodes(cluster, reading)),
    },
    close: () => cluster.close(),
  };
}

function connect(kubeconfig: KubeconfigSource): ClusterConnection {
  try {
    return connectCluster({ kubeconfig, proxyFor: (target) => proxyFor(target)?.url ?? null });
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new CommandError(EXIT.configuration, `${error.message}; check --kubeconfig or KUBECONFIG`, error);
  }
}

async function explained<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw clusterUnreachable(error);
  }
}

function clusterUnreachable(error: unknown): CommandError {
  const failure = clusterFailure(error);
  const { message } = failure;
  if (failure.kind === 'refused') {
    const check = 'check the user and the context of the kubeconfig (kubectl auth can-i patch nodes)';
    return new CommandError(EXIT.unreachable, `the cluster refuses: ${message}; ${check}`, error);
  }
  if (isUnauthorized(error)) {
    const check = 'check the token, certificate or plugin of the kubeconfig (kubectl auth whoami)';
    return new CommandError(EXIT.unreachable, `the cluster does not know the user: ${message}; ${check}`, error);
  }
  const check = 'check that its API server runs, and --kubeconfig or KUBECONFIG (kubectl cluster-info)';
  return new CommandError(EXIT.unreachable, `cannot reach the cluster: ${message}; ${check}`, error);
}
