/** Names that cross process borders: workflow ids, task queues, annotations, labels. */

import type { NodeName } from '../domain/node-identity.ts';

export const HEAL_NODE_WORKFLOW = 'healNode';

export const DEFAULT_HEALED_ANNOTATION = 'cops-vigilante-snat-node-healed';

/** For which machine the healed annotation is true; written and removed in one patch with it. See `node-proof.ts`. */
export const SNAT_PROOF_ANNOTATION = 'vigilante-snat-proof';

/** Set to `disabled` on a node that the healing shall leave alone (H14). */
export const HEALING_SWITCH_ANNOTATION = 'vigilante-healing';
export const HEALING_SWITCH_OFF = 'disabled';

export const OS_LABEL = 'kubernetes.io/os';
export const WINDOWS_OS = 'windows';

/** Labels of every healing pod; a list selects on both. */
export const HEALING_POD_LABELS = {
  'app.kubernetes.io/managed-by': 'vigilante',
  'app.kubernetes.io/component': 'snat-healer',
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

/** Workflows and all activities but those that make pods. */
export function taskQueue(cluster: string): string {
  return `vigilante/${cluster}`;
}

/** Pod activities, with a rate limit on the server, so that nothing else waits behind them (H16). */
export function podTaskQueue(cluster: string): string {
  return `vigilante/${cluster}/pods`;
}
