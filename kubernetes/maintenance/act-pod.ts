/** The pod that acts on a node: a template of the cluster's own configuration, pinned to the node. */

import { createHash } from 'node:crypto';
import { ACT_POD_LABELS } from '../../contracts/maintenance/names.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import { nodeAffinity } from '../nodes/affinity.ts';

/** A parsed manifest of kind Pod; only `metadata.labels`, `metadata.annotations` and `spec` of it are used. */
export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly containers: readonly TemplateContainer[];
    readonly initContainers?: readonly TemplateContainer[];
    readonly volumes?: readonly object[];
    readonly [field: string]: unknown;
  };
}

export interface TemplateContainer {
  readonly name: string;
  readonly env?: readonly { readonly name: string; readonly [field: string]: unknown }[];
  readonly [field: string]: unknown;
}

export interface ActPodInput {
  readonly node: NodeRef;
  /** Names the act: the same key gives the same pod. */
  readonly key: string;
  readonly env: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
}

const NODE_UID_LABEL = 'vigilante-node-uid';
const HASH_LENGTH = 16;
const LABEL_LENGTH_MAX = 63;

/** Finds the pods that acted on a node. */
export function actPodSelector({ uid }: NodeRef): string {
  const labels = Object.entries({ ...ACT_POD_LABELS, [NODE_UID_LABEL]: uid });
  return labels.map(([key, value]) => `${key}=${value}`).join(',');
}

/** Computed from the key alone, so that a second start finds the first pod (M16). */
export function actPodName({ node, key }: Pick<ActPodInput, 'node' | 'key'>): string {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, HASH_LENGTH);
  const room = LABEL_LENGTH_MAX - 'vigilante-act--'.length - HASH_LENGTH;
  const name = node.name.slice(0, room).replaceAll('.', '-').replace(/-+$/, '');
  return `vigilante-act-${name}-${hash}`;
}

/** What pins it, and keeps a token and a second run from it, goes over what the template says. */
export function actPodManifest(input: ActPodInput, template: PodTemplate) {
  const { node, env, deadlineMs } = input;
  const { containers, initContainers, ...spec } = template.spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: actPodName(input),
      labels: { ...template.metadata?.labels, ...ACT_POD_LABELS, [NODE_UID_LABEL]: node.uid },
      annotations: { ...template.metadata?.annotations },
      // Collected with its node.
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid, controller: true }],
    },
    spec: {
      ...spec,
      containers: containers.map((container) => withEnv(container, env)),
      ...(initContainers === undefined
        ? {}
        : { initContainers: initContainers.map((container) => withEnv(container, env)) }),
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      activeDeadlineSeconds: Math.ceil(deadlineMs / 1_000),
      affinity: nodeAffinity(node.name),
      tolerations: [{ operator: 'Exists' }],
    },
  };
}

function withEnv(container: TemplateContainer, env: Readonly<Record<string, string>>): TemplateContainer {
  const ours = Object.entries(env).map(([name, value]) => ({ name, value }));
  const others = (container.env ?? []).filter(({ name }) => env[name] === undefined);
  return { ...container, env: [...ours, ...others] };
}
