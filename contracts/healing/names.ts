/** Names of the healing that cross a process border: workflow, ids, task queue, annotations, labels. */

import type { NodeName } from '../../domain/node/identity.ts';

export const HEAL_NODE_WORKFLOW = 'healNode';
export const ONBOARD_NODE_WORKFLOW = 'onboardNode';
export const VERIFY_NODE_WORKFLOW = 'verifyNode';

/** The profile that is always there: the part `healing` of the configuration. */
export const SNAT_PROFILE = 'snat';

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

/** Labels of a pod that only verifies: no heal owns it, and no starter sweeps it. */
export const VERIFYING_POD_LABELS = { ...HEALING_POD_LABELS, 'app.kubernetes.io/component': 'verification' } as const;

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

/** That of `healNode` for the profile `snat`: a node has one heal, whichever workflow runs it. */
export function onboardNodeWorkflowId(target: { cluster: string; node: NodeName; profile: string }): string {
  const { cluster, node, profile } = target;
  if (profile === SNAT_PROFILE) return healNodeWorkflowId({ cluster, node });
  return `onboard-node/${cluster}/${profile}/${node}`;
}

export function verifyNodeWorkflowId(target: { cluster: string; node: NodeName; profile: string }): string {
  return `verify-node/${target.cluster}/${target.profile}/${target.node}`;
}

/**
 * Activities of `onboardNode` and `verifyNode` but the one that begins a heal. A worker that does not know the workflows
 * does not poll it, and so takes none of their steps.
 */
export function probeTaskQueue(cluster: string): string {
  return `vigilante/${cluster}/probes`;
}

/** Pod activities, with a rate limit on the server, so that nothing else waits behind them (H16). */
export function podTaskQueue(cluster: string): string {
  return `vigilante/${cluster}/pods`;
}
