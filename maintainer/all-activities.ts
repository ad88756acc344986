/** All activities of the maintainer, of maintenance, reboots, upgrades and privileges. */

import type { ConnectionLike } from '@temporalio/client';
import type { Registry } from 'prom-client';

import type { ClusterConnection } from '../kubernetes/client/connection.ts';
import type { ApiServers } from '../kubernetes/upgrade/api-servers.ts';
import { createNotifications } from '../runtime/notifications.ts';
import type { TemporalContext } from '../temporal/process.ts';
import { agentReports } from './agent-reports.ts';
import { approvalActivities } from './approval-activities.ts';
import type { CollectorClients } from './collector-clients.ts';
import { createMaintainerActivities } from './maintainer-activities.ts';
import { maintenanceActivities } from './maintenance-activities.ts';
import type { MaintenanceGates } from './maintenance-gates.ts';
import { preflightActivities } from './preflight-activities.ts';
import { rebootActivities } from './reboot-activities.ts';
import { soakActivities } from './soak-activities.ts';
import { upgradeActivities } from './upgrade-activities.ts';
import { createVersionMetrics } from './version-metrics.ts';
import type { MaintainerParts } from './workers.ts';

export interface ActivityParts {
  readonly cluster: ClusterConnection;
  readonly registry: Registry;
  readonly connection: ConnectionLike;
  readonly gates: MaintenanceGates;
  readonly apiServers: ApiServers;
  readonly collector: CollectorClients;
}

/** Throws `ConfigError` for an executor that cannot be used. */
export function allActivities(context: TemporalContext, parts: ActivityParts): MaintainerParts['activities'] {
  const { config, log } = context;
  const { cluster, registry, connection, gates, apiServers, collector } = parts;
  const { gatesFor, alerts } = gates;
  const notify = createNotifications({ cluster: config.cluster, receivers: config.maintenance.notify, registry, log });
  const { onKubelets, onVersions } = createVersionMetrics(registry);
  const shared = { cluster, registry, connection, gatesFor, apiServers };
  return {
    ...createMaintainerActivities(config, { cluster, registry, collector: collector.processes }),
    ...approvalActivities(config, cluster),
    ...soakActivities(config, { registry, alerts, now: cluster.serverNowMs }),
    ...rebootActivities(context, { ...shared, collector: collector.nodes }),
    ...preflightActivities(context, { ...shared, gates, verdicts: collector.verdicts }),
    ...maintenanceActivities(context, {
      ...shared,
      notify,
      reports: agentReports((path) => collector.open(path)),
      onKubelets,
    }),
    ...upgradeActivities(context, { ...shared, alerts, tell: notify, onVersions }),
  };
}
