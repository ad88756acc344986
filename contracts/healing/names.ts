/** Names of the healing that cross a process border: workflow, ids, task queue, annotations, labels. */

import type { NodeName } from '../../domain/node/identity.ts';

export const HEAL_NODE_WORKFLOW = 'healNode';

export const DEFAULT_HEALED_ANNOTATION = 'cops-vigilante-snat-node-healed';

/** The machine for which the healed annotation is true; written and removed in one patch with it. See `node-proof.ts`. */
export const SNAT_PROOF_ANNOTATION = 'vigilante-snat-proof';

/** Set to `disabled` on a node that the healing must leave alone (H14). */
export const HEALING_SWITCH_ANNOTATION = 'vigilante-healing';
export const HEALING_SWITCH_OFF = 'disabled';

/** Labels of every healing pod; a list selects on both. */
export const HEALING_POD_LABELS = {
  'app.kubernetes.io/managed-by': 'vigilante',
  'app.kubernetes.io/component': 'snat-healer',
} as const;

/** Keys of labels and annotations with this prefix are ours. */
export const RESERVED_KEY_PREFIX = 'vigilante-';
/** Kubernetes' autoscaler removes a node in spite of a pod with this annotation. */
export const SAFE_TO_EVICT_ANNOTATION = 'cluster-autoscaler.kubernetes.io/safe-to-evict';

/** Keep the sidecar of a service mesh out of healing pods. Istio reads a label, older versions an annotation. */
export const SIDECAR_OPT_OUT = {
  labels: { 'sidecar.istio.io/inject': 'false' },
  annotations: { 'sidecar.istio.io/inject': 'false', 'linkerd.io/inject': 'disabled' },
} as const;

/** Label with the node's uid: a node name may be longer than a label value. */
export const NODE_UID_LABEL = 'vigilante-node-uid';
/** Label with the attempt's number, counted over the life of the heal. */
export const ATTEMPT_LABEL = 'vigilante-attempt';

export function healNodeWorkflowId(target: { cluster: string; node: NodeName }): string {
  return `${healNodeWorkflowIdPrefix(target.cluster)}${target.node}`;
}

export function healNodeWorkflowIdPrefix(cluster: string): string {
  return `heal-node/${cluster}/`;
}

/** Pod activities, with a rate limit on the server, so that nothing else waits behind them (H16). */
export function podTaskQueue(cluster: string): string {
  return `vigilante/${cluster}/pods`;
}
