/** The pod of an agent on a simulated node, as a DaemonSet would make it. */

import { createHash } from 'node:crypto';
import { nodeAffinity } from '../../kubernetes/nodes/affinity.ts';
import type { OperatingSystem } from '../node-object.ts';

/** Label of all agents, by which the collector knows whom to expect. */
export const AGENT_LABEL = { app: 'netchecker-agent' } as const;
export const AGENT_ACCOUNT = 'default';

/** Below the 253 of a pod's name: it names the agent's log file too. */
const NAME_LENGTH_MAX = 200;

export interface AgentPodNode {
  readonly name: string;
  readonly uid: string;
  readonly os: OperatingSystem;
}

export function agentPodName(node: string): string {
  const name = `netchecker-agent-${node}`;
  if (name.length <= NAME_LENGTH_MAX) return name;
  const digest = createHash('sha256').update(node).digest('hex').slice(0, 10);
  return `${name.slice(0, NAME_LENGTH_MAX - digest.length - 1).replace(/[-.]+$/, '')}-${digest}`;
}

export function agentPod({ name, uid, os }: AgentPodNode): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: agentPodName(name),
      labels: AGENT_LABEL,
      // It goes with its node.
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid, controller: true }],
    },
    spec: {
      os: { name: os },
      serviceAccountName: AGENT_ACCOUNT,
      automountServiceAccountToken: false,
      // There is no kubelet that would confirm the end of a pod.
      terminationGracePeriodSeconds: 0,
      tolerations: [{ operator: 'Exists' }],
      securityContext: {
        runAsNonRoot: true,
        ...(os === 'linux' ? { seccompProfile: { type: 'RuntimeDefault' } } : {}),
      },
      affinity: nodeAffinity(name),
      containers: [
        {
          name: 'agent',
          image: 'vigilante-agent',
          // Pod Security forbids these fields on Windows, and demands them elsewhere.
          ...(os === 'linux'
            ? { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }
            : {}),
        },
      ],
    },
  };
}
