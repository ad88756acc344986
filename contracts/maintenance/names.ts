/** Names of the maintenance that cross a process border: workflows, ids, task queue, annotations, labels. */

import type { NodeName } from '../../domain/node/identity.ts';

export const MAINTAIN_NODE_WORKFLOW = 'maintainNode';
export const GUARD_MAINTENANCE_WORKFLOW = 'guardMaintenance';

/** The id is the lock: one act at a time on a node, whatever it is for (M10). */
export function maintainNodeWorkflowId(target: { readonly cluster: string; readonly node: NodeName }): string {
  return `${maintainNodeIdPrefix(target.cluster)}${target.node}`;
}

export function maintainNodeIdPrefix(cluster: string): string {
  return `maintain-node/${cluster}/`;
}

export function guardMaintenanceWorkflowId(cluster: string): string {
  return `guard-maintenance/${cluster}`;
}

/** Another one than the worker's: the API server then says which of them wrote a field, a cordon above all. */
export const MAINTENANCE_FIELD_MANAGER = 'vigilante-maintainer';

/** The mark of a node in maintenance: see `mark.ts`. */
export const MAINTENANCE_ANNOTATION = 'vigilante-maintenance';

/** Keep the cluster autoscaler and Karpenter off a node that is about to be empty. */
export const KEEP_NODE_ANNOTATIONS: Readonly<Record<string, string>> = {
  'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true',
  'karpenter.sh/do-not-disrupt': 'true',
};

/** Labels of the pods that act on a node. */
export const ACT_POD_LABELS = {
  'app.kubernetes.io/managed-by': 'vigilante',
  'app.kubernetes.io/component': 'maintenance',
} as const;

export const CONTROL_PLANE_LABEL = 'node-role.kubernetes.io/control-plane';
export const ZONE_LABEL = 'topology.kubernetes.io/zone';
