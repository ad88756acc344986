/** All activities of the maintainer, of maintenance, reboots, upgrades and privileges. */

import type { ConnectionLike } from '@temporalio/client';
import type { Registry } from 'prom-client';

import type { MaintenanceActivityDeps } from '../activities/maintenance/deps.ts';
import type { ClusterConnection } from '../kubernetes/client/connection.ts';
import type { ApiServers } from '../kubernetes/upgrade/api-servers.ts';
import type { CollectorClient } from '../runtime/collector-client.ts';
import type { TemporalContext } from '../temporal/process.ts';
import { approvalActivities } from './approval-activities.ts';
import { createMaintainerActivities } from './maintainer-activities.ts';
import { maintenanceActivities } from './maintenance-activities.ts';
import type { MaintenanceGates } from './maintenance-gates.ts';
import { createNotifications } from './notifications.ts';
import { preflightActivities } from './preflight-activities.ts';
import { rebootActivities } from './reboot-activities.ts';
import { soakActivities } from './soak-activities.ts';
import { upgradeActivities } from './upgrade-activities.ts';
import type { MaintainerParts } from './workers.ts';

export interface ActivityParts {
  readonly cluster: ClusterConnection;
  readonly registry: Registry;
  readonly connection: ConnectionLike;
  readonly gates: MaintenanceGates;
  readonly apiServers: ApiServers;
  /** Of the collector: what agents report of processes, of hosts, and its verdict. */
  readonly processes: CollectorClient;
  readonly hosts: CollectorClient;
  readonly verdicts: CollectorClient;
  readonly reports: MaintenanceActivityDeps['reports'];
}

/** Throws `ConfigError` for an executor that cannot be used. */
export function allActivities(context: TemporalContext, parts: ActivityParts): MaintainerParts['activities'] {
  const { config, log } = context;
  const { cluster, registry, connection, gates, apiServers, processes, hosts, verdicts, reports } = parts;
  const { gatesFor, alerts } = gates;
  const notify = createNotifications({ cluster: config.cluster, receivers: config.maintenance.notify, registry, log });
  const shared = { cluster, registry, connection, gatesFor, apiServers };
  return {
    ...createMaintainerActivities(config, { cluster, registry, collector: processes }),
    ...approvalActivities(config, cluster),
    ...soakActivities(config, { registry, alerts, now: cluster.serverNowMs }),
    ...rebootActivities(context, { ...shared, collector: hosts }),
    ...preflightActivities(context, { ...shared, gates, verdicts }),
    ...maintenanceActivities(context, { ...shared, notify, reports }),
    ...upgradeActivities(context, { ...shared, alerts, tell: notify }),
  };
}
