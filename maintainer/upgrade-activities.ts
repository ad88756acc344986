/** The activities of upgrades, with what they need. */

import type { ConnectionLike } from '@temporalio/client';
import { createUpgradeClusterActivities } from '../activities/upgrade/activities.ts';
import type { UpgradeActivityDeps, UpgradeSettings } from '../activities/upgrade/deps.ts';
import { profilesOf } from '../config/policies/profiles.ts';
import type { Config } from '../config/schema/config.ts';
import type { UpgradeClusterActivities } from '../contracts/upgrade/cluster-activities.ts';
import type { ClusterConnection } from '../kubernetes/client/connection.ts';
import { createMaintenanceNodes } from '../kubernetes/maintenance/nodes.ts';
import { profileReading } from '../kubernetes/nodes/profile-reading.ts';
import type { ApiServers } from '../kubernetes/upgrade/api-servers.ts';
import { createSeenPods } from '../kubernetes/upgrade/seen-pods.ts';
import { createVersionReader } from '../kubernetes/upgrade/versions.ts';
import { temporalClient } from '../temporal/client.ts';
import { maintenanceGuardOf } from '../temporal/maintenance/guard.ts';
import { maintenancesOf } from '../temporal/maintenance/maintenances.ts';
import type { TemporalContext } from '../temporal/process.ts';
import { writtenTemplates } from './executors.ts';
import { maintenanceSettings } from './maintenance-settings.ts';

const WATCH_EVERY_MS = 5_000;

export interface UpgradeParts extends Pick<UpgradeActivityDeps, 'alerts' | 'tell'> {
  readonly onVersions: NonNullable<UpgradeActivityDeps['onVersions']>;
  readonly cluster: ClusterConnection;
  readonly connection: ConnectionLike;
  readonly apiServers: ApiServers;
}

export function upgradeActivities(
  { config, temporal }: Pick<TemporalContext, 'config' | 'temporal'>,
  { cluster, connection, apiServers, alerts, tell, onVersions }: UpgradeParts,
): UpgradeClusterActivities {
  const { maintenance } = config;
  const client = temporalClient(connection, temporal.namespace);
  const guard = maintenanceGuardOf(client, config.cluster);
  const place = { cluster: config.cluster, searchAttributes: config.temporal.searchAttributes };
  const maintenances = maintenancesOf(client, place);
  const [snat] = profilesOf(config);
  return createUpgradeClusterActivities({
    settings: upgradeSettings(config),
    observe: createVersionReader({ cluster, apiServers, controlPlane: maintenance.upgrade.controlPlane }),
    nodes: createMaintenanceNodes(cluster, profileReading(snat)),
    pods: createSeenPods(cluster),
    phasesOf: (name) => maintenance.executors[name]?.phases ?? null,
    alerts,
    tell,
    onVersions,
    guard: {
      async status() {
        const answer = await guard.status();
        return answer.kind === 'status' ? answer.status : null;
      },
      resume: async (payload) => void (await guard.resume(payload)),
    },
    maintenances: {
      state: (node) => maintenances.state(node),
      status: (node) => maintenances.status(node),
      resolve: async (node, payload) => (await maintenances.resolve(node, payload)).kind === 'result',
    },
    now: cluster.serverNowMs,
    watchEveryMs: WATCH_EVERY_MS,
  });
}

export function upgradeSettings(config: Pick<Config, 'maintenance' | 'healing'>): UpgradeSettings {
  const { budget, upgrade, prove, apiEndpoint, drain, executors, accept } = config.maintenance;
  const { canary, waves, waveSoakMs, afterChecks, report, windows } = upgrade;
  const { settleMs, deadlineMs, allow } = afterChecks;
  return {
    endpoint: apiEndpoint,
    rules: {
      executors: budget.groups.flatMap(({ name: group, executor }) =>
        executor === undefined ? [] : [{ group, executor }],
      ),
      canary,
      waves,
      waveSoakMs,
      afterChecks: { settleMs, deadlineMs },
      returnWithinMs: prove.returnWithinMs,
      demands: { connectivity: prove.connectivity, healing: prove.windowsHealing },
    },
    groups: maintenanceSettings(config).groups,
    policies: {
      rollout: { windows, canary, waves, waveSoakMs, afterChecks },
      budget,
      drain,
      prove,
      executors,
      templates: writtenTemplates(config.maintenance),
      accept,
    },
    allowedBroken: allow,
    reportFolder: report.folder ?? null,
  };
}
