/** The activities of maintenance, with what they need. */

import type { ConnectionLike } from '@temporalio/client';
import type { Registry } from 'prom-client';

import { createMaintenanceActivities } from '../activities/maintenance/activities.ts';
import type { MaintenanceActivityDeps } from '../activities/maintenance/deps.ts';
import { healPlan } from '../config/policies/healing.ts';
import { profilesOf } from '../config/policies/profiles.ts';
import type { MaintenanceActivities } from '../contracts/maintenance/activities.ts';
import type { ClusterConnection } from '../kubernetes/client/connection.ts';
import { createActPods } from '../kubernetes/maintenance/act-pods.ts';
import { createMaintenanceNodes } from '../kubernetes/maintenance/nodes.ts';
import { createNodePods } from '../kubernetes/maintenance/pods.ts';
import { createNodeVolumes } from '../kubernetes/maintenance/volumes.ts';
import { createNodeEvents } from '../kubernetes/nodes/events.ts';
import { profileReading } from '../kubernetes/nodes/profile-reading.ts';
import type { ApiServers } from '../kubernetes/upgrade/api-servers.ts';
import { createNodeApiServer } from '../kubernetes/upgrade/node-api-server.ts';
import { temporalClient } from '../temporal/client.ts';
import { healStartsOf } from '../temporal/healing/heal-starts.ts';
import { maintenanceGuardOf } from '../temporal/maintenance/guard.ts';
import { maintenancesOf } from '../temporal/maintenance/maintenances.ts';
import type { TemporalContext } from '../temporal/process.ts';
import { executorsOf } from './executors.ts';
import { createMaintenanceMetrics } from './maintenance-metrics.ts';
import { maintenanceSettings } from './maintenance-settings.ts';

const DRAIN_EVERY_MS = 5_000;
const WATCH_EVERY_MS = 15_000;

export interface MaintenanceParts {
  readonly cluster: ClusterConnection;
  readonly registry: Registry;
  readonly connection: ConnectionLike;
  readonly reports: MaintenanceActivityDeps['reports'];
  readonly gatesFor: MaintenanceActivityDeps['gatesFor'];
  readonly apiServers: ApiServers;
  readonly notify: NonNullable<MaintenanceActivityDeps['notify']>;
  readonly onKubelets: NonNullable<MaintenanceActivityDeps['onKubelets']>;
}

/** Throws `ConfigError` for an executor that cannot be used. */
export function maintenanceActivities(
  { config, temporal }: Pick<TemporalContext, 'config' | 'temporal'>,
  { cluster, registry, connection, reports, gatesFor, apiServers, notify, onKubelets }: MaintenanceParts,
): MaintenanceActivities {
  const { maintenance } = config;
  const client = temporalClient(connection, temporal.namespace);
  const [snat] = profilesOf(config);
  const { annotation } = snat.healing;
  const heals = healStartsOf(client, { cluster: config.cluster, annotation });
  const plan = healPlan(config);
  const actPods = createActPods(cluster, maintenance.namespace);
  const place = { cluster: config.cluster, searchAttributes: config.temporal.searchAttributes };
  return createMaintenanceActivities({
    settings: maintenanceSettings(config),
    nodes: createMaintenanceNodes(cluster, profileReading(snat)),
    pods: createNodePods(cluster),
    volumes: createNodeVolumes(cluster),
    actPods,
    executors: executorsOf(maintenance, actPods),
    reports,
    controlPlaneOf: createNodeApiServer(cluster, apiServers),
    gatesFor,
    guard: maintenanceGuardOf(client, config.cluster),
    maintenances: maintenancesOf(client, place),
    restartHeal: ({ name }, reason) => heals.restart(name, { plan, reason }),
    serverNowMs: cluster.serverNowMs,
    drainEveryMs: DRAIN_EVERY_MS,
    watchEveryMs: WATCH_EVERY_MS,
    events: createNodeEvents(cluster),
    notify,
    onKubelets,
    ...createMaintenanceMetrics(registry),
  });
}
