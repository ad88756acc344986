/** Names of upgrades that cross a process border: workflows, ids, task queue. */

export const UPGRADE_FLEET_WORKFLOW = 'upgradeFleet';
export const UPGRADE_CLUSTER_WORKFLOW = 'upgradeCluster';
export const SOAK_CLUSTER_WORKFLOW = 'soakCluster';

const FLEET_ID_PREFIX = 'upgrade-fleet/';

export function upgradeFleetWorkflowId(run: string): string {
  return `${FLEET_ID_PREFIX}${run}`;
}

/** Null where it is not the id of a run over several clusters. */
export function runOfFleetId(workflowId: string): string | null {
  return workflowId.startsWith(FLEET_ID_PREFIX) ? workflowId.slice(FLEET_ID_PREFIX.length) : null;
}

/** The id is the lock: one upgrade of a cluster at a time. */
export function upgradeClusterWorkflowId(cluster: string): string {
  return `upgrade-cluster/${cluster}`;
}

/** Surveys write nothing, and never stand in the way of an upgrade. */
export function upgradeSurveyWorkflowId(cluster: string): string {
  return `${upgradeClusterWorkflowId(cluster)}/survey`;
}

export function soakClusterWorkflowId(cluster: string): string {
  return `soak-cluster/${cluster}`;
}

/** Of `vigilante fleet`, which has no access to any cluster. */
export const FLEET_TASK_QUEUE = 'vigilante/fleet';
