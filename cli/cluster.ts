/** Reaches the cluster for a command, or says what was tried and what to check. */

import { proxyFor } from '../config/proxy.ts';
import type { NodeFacts } from '../domain/node/facts.ts';
import { clusterFailure, isUnauthorized } from '../kubernetes/client/cluster-error.ts';
import { type ClusterConnection, connectCluster } from '../kubernetes/client/connection.ts';
import { KubeconfigError, type KubeconfigSource } from '../kubernetes/client/kubeconfig.ts';
import { type HealableNodes, healableNodes } from '../kubernetes/healing/healable-nodes.ts';
import { listWindowsNodes } from '../kubernetes/nodes/list.ts';
import { createNodes, type Nodes } from '../kubernetes/nodes/nodes.ts';
import { type Approvals, createApprovals } from '../kubernetes/upgrade/approvals.ts';
import { CommandError, EXIT } from './exit-code.ts';
import type { ChosenProfile } from './node-profile.ts';

export interface OpenNodes {
  readonly nodes: Pick<Nodes, 'observe' | 'annotate'> & {
    /** All Windows nodes; a mark counts as healed, whoever set it. */
    list(): Promise<NodeFacts[]>;
  };
  close(): Promise<void>;
}

export interface OpenApprovals {
  readonly approvals: Pick<Approvals, 'create'>;
  close(): Promise<void>;
}

/** All failures are `CommandError`. `namespace`: null for that of the kubeconfig's context. */
export function openApprovals(kubeconfig: KubeconfigSource, namespace: string | null): OpenApprovals {
  const cluster = connect(kubeconfig);
  const approvals = createApprovals(cluster, namespace ?? cluster.namespace ?? 'default');
  return {
    approvals: { create: (approval) => explained(approvals.create(approval), 'create approvals.vigilante.ext') },
    close: () => cluster.close(),
  };
}

/** All failures are `CommandError`. */
export function openNodes(kubeconfig: KubeconfigSource, profile: ChosenProfile): OpenNodes {
  const cluster = connect(kubeconfig);
  const { name, annotation: healedAnnotation, configured } = profile;
  const healable = configured === null ? ANY_NODE : healableNodes({ ...configured.nodes, os: configured.os });
  const reading = { healedAnnotation, healable, profile: name };
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

/** Of a profile that only the cluster's own configuration has. */
const ANY_NODE: HealableNodes = { labelSelector: '', includes: () => true };

function connect(kubeconfig: KubeconfigSource): ClusterConnection {
  try {
    return connectCluster({ kubeconfig, proxyFor: (target) => proxyFor(target)?.url ?? null });
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new CommandError(EXIT.configuration, `${error.message}; check --kubeconfig or KUBECONFIG`, error);
  }
}

/** `right`: what the user may have to be allowed to. */
async function explained<T>(request: Promise<T>, right = 'patch nodes'): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw clusterUnreachable(error, right);
  }
}

function clusterUnreachable(error: unknown, right: string): CommandError {
  const failure = clusterFailure(error);
  const { message } = failure;
  if (failure.kind === 'refused') {
    const check = `check the user and the context of the kubeconfig (kubectl auth can-i ${right})`;
    return new CommandError(EXIT.unreachable, `the cluster refuses: ${message}; ${check}`, error);
  }
  if (isUnauthorized(error)) {
    const check = 'check the token, certificate or plugin of the kubeconfig (kubectl auth whoami)';
    return new CommandError(EXIT.unreachable, `the cluster does not know the user: ${message}; ${check}`, error);
  }
  const check = 'check that its API server runs, and --kubeconfig or KUBECONFIG (kubectl cluster-info)';
  return new CommandError(EXIT.unreachable, `cannot reach the cluster: ${message}; ${check}`, error);
}
