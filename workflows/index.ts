/** The workflows of the bundle, and nothing else. */

export { watchConnectivity } from './connectivity/watch-connectivity.ts';
export { healNode } from './healing/heal-node.ts';
export { onboardNode } from './healing/onboard-node.ts';
export { verifyNode } from './healing/verify-node.ts';
export { guardMaintenance } from './maintenance/guard-maintenance.ts';
export { maintainNode } from './maintenance/maintain-node.ts';
export { watchReboots } from './maintenance/watch-reboots.ts';
export { watchPrivileges } from './privileges/watch-privileges.ts';
export { soakCluster } from './upgrade/soak-cluster.ts';
export { upgradeCluster } from './upgrade/upgrade-cluster.ts';
export { upgradeFleet } from './upgrade/upgrade-fleet.ts';
