/** Names that cross process borders and belong to no capability: labels of nodes, the field manager, the task queue. */

export const OS_LABEL = 'kubernetes.io/os';
export const WINDOWS_OS = 'windows';

/**
 * Under this name the API server writes down what our requests change. The admission policies of the chart look for it,
 * to tell that from what mutating policies and webhooks add.
 */
export const FIELD_MANAGER = 'vigilante';

/** Workflows and all activities but those that make pods. */
export function taskQueue(cluster: string): string {
  return `vigilante/${cluster}`;
}

/** Workflows and activities of maintenance and privileges, which `vigilante maintainer` runs with rights of its own. */
export function maintenanceTaskQueue(cluster: string): string {
  return `${taskQueue(cluster)}/maintenance`;
}

/** The answer to a query while a workflow task is due that no worker has completed yet: see `temporal/worker/query-guard.ts`. */
export const OPEN_TASK_MESSAGE =
  'a workflow task is due that no worker has completed yet, so the query has no answer yet: ask again';
