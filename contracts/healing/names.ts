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

/** Whoever cures a node may change its value, to ask for an attempt at once. It is no evidence. */
export const HINT_ANNOTATION = 'vigilante-hint';

/** Labels of every healing pod; a list selects on both. */
export const HEALING_POD_LABELS = {
  'app.kubernetes.io/managed-by': 'vigilante',
  'app.kubernetes.io/component': 'snat-healer',
} as const;

export const PROFILE_LABEL = 'vigilante-profile';

/** Labels of every pod of a profile, by which its heals find them; those of `snat` are the ones of releases before. */
export function profilePodLabels(profile: string): Readonly<Record<string, string>> {
  if (profile === SNAT_PROFILE) return HEALING_POD_LABELS;
  return { ...HEALING_POD_LABELS, 'app.kubernetes.io/component': 'onboarding', [PROFILE_LABEL]: profile };
}

/** Labels of a pod that only verifies: no heal owns it, and no starter sweeps it. */
export function verifyingPodLabels(profile: string): Readonly<Record<string, string>> {
  const labels = { ...HEALING_POD_LABELS, 'app.kubernetes.io/component': 'verification' };
  return profile === SNAT_PROFILE ? labels : { ...labels, [PROFILE_LABEL]: profile };
}

/** For which node and machine the mark of a profile is true. */
export function proofAnnotation(profile: string): string {
  return profile === SNAT_PROFILE ? SNAT_PROOF_ANNOTATION : `vigilante-${profile}-proof`;
}

/** The annotation that marks the healed nodes of a profile, where its configuration names no other. */
export function markAnnotation(profile: string): string {
  return profile === SNAT_PROFILE ? DEFAULT_HEALED_ANNOTATION : `vigilante-${profile}-healed`;
}

/** When the mark of a profile was last taken back because the node relapsed, in ISO 8601. It stays when the node is healed. */
export function relapsedAnnotation(profile: string): string {
  return `vigilante-${profile}-relapsed`;
}

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

/** Beginning of the ids of all heals of a profile. */
export function healIdPrefix({ cluster, profile }: { cluster: string; profile: string }): string {
  return profile === SNAT_PROFILE ? healNodeWorkflowIdPrefix(cluster) : `onboard-node/${cluster}/${profile}/`;
}

export function healNodeWorkflowId(target: { cluster: string; node: NodeName }): string {
  return `${healNodeWorkflowIdPrefix(target.cluster)}${target.node}`;
}

export function healNodeWorkflowIdPrefix(cluster: string): string {
  return `heal-node/${cluster}/`;
}

/** That of `healNode` for the profile `snat`: a node has one heal, whichever workflow runs it. */
export function onboardNodeWorkflowId(target: { cluster: string; node: NodeName; profile: string }): string {
  return `${healIdPrefix(target)}${target.node}`;
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

/** The first probe of each heal, without a limit: it does not wait behind the later ones of others (H16, E53). */
export function firstProbeTaskQueue(cluster: string): string {
  return `vigilante/${cluster}/first-probes`;
}

/** Pod activities, with a rate limit on the server, so that nothing else waits behind them (H16). */
export function podTaskQueue(cluster: string): string {
  return `vigilante/${cluster}/pods`;
}
