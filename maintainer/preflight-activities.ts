/** The activity of the checks before an upgrade, with what it needs. */

import type { ConnectionLike } from '@temporalio/client';
import { Gauge, type Registry } from 'prom-client';

import { createPreflightActivities } from '../activities/upgrade/preflight/activities.ts';
import type { PreflightDeps, PreflightSettings } from '../activities/upgrade/preflight/deps.ts';
import type { Config } from '../config/schema/config.ts';
import type { PreflightActivities } from '../contracts/upgrade/activities.ts';
import type { CheckResult } from '../domain/upgrade/check.ts';
import type { ClusterConnection } from '../kubernetes/client/connection.ts';
import { createActPods } from '../kubernetes/maintenance/act-pods.ts';
import { createLabelledPods } from '../kubernetes/maintenance/labelled-pods.ts';
import type { ApiServers } from '../kubernetes/upgrade/api-servers.ts';
import { createVersionReader } from '../kubernetes/upgrade/versions.ts';
import type { CollectorClient } from '../runtime/collector-client.ts';
import { temporalClient } from '../temporal/client.ts';
import { privilegesWatchOf } from '../temporal/privileges/watch.ts';
import type { TemporalContext } from '../temporal/process.ts';
import { etcdGatewayOf } from './etcd-gateway.ts';
import { executorsOf } from './executors.ts';
import type { MaintenanceGates } from './maintenance-gates.ts';
import { maintenanceSettings } from './maintenance-settings.ts';
import { connectivityFindings, privilegesFindings } from './other-watches.ts';

export interface PreflightParts {
  readonly cluster: ClusterConnection;
  readonly registry: Registry;
  readonly connection: ConnectionLike;
  readonly apiServers: ApiServers;
  readonly gates: Pick<MaintenanceGates, 'alertsSince' | 'prometheus'>;
  /** Asks the collector for its verdict. */
  readonly verdicts: Pick<CollectorClient, 'ask' | 'url'>;
}

/** Who asks for an API asks within a day, but for jobs that run once a week. */
const LOOK_BACK_MS = 86_400_000;

/** Throws `ConfigError` for an executor that cannot be used. */
export function preflightActivities(
  { config, temporal }: Pick<TemporalContext, 'config' | 'temporal'>,
  { cluster, registry, connection, apiServers, gates, verdicts }: PreflightParts,
): PreflightActivities {
  const { maintenance } = config;
  const { controlPlane, etcd } = maintenance.upgrade;
  const settings = preflightSettings(config);
  const watch = privilegesWatchOf(temporalClient(connection, temporal.namespace), config.cluster);
  return createPreflightActivities({
    settings,
    cluster,
    apiServers,
    observe: createVersionReader({ cluster, apiServers, controlPlane }),
    podsWith: createLabelledPods(cluster),
    executors: executorsOf(maintenance, createActPods(cluster, maintenance.namespace)),
    etcd: etcdGatewayOf(etcd),
    alertsSince: gates.alertsSince,
    prometheus: gates.prometheus === null ? null : { client: gates.prometheus, lookBackMs: settings.lookBackMs },
    ...otherWatches(config, { verdicts, watch }),
    now: cluster.serverNowMs,
    onChecked: createPreflightMetrics(registry),
  });
}

function otherWatches(
  { connectivity, maintenance }: Config,
  parts: { readonly verdicts: PreflightParts['verdicts']; readonly watch: ReturnType<typeof privilegesWatchOf> },
): Pick<PreflightDeps, 'connectivity' | 'privileges'> {
  const isConnectivityAsked = connectivity.enabled && maintenance.prove.connectivity !== 'off';
  const arePrivilegesAsked = maintenance.privileges.gate;
  return {
    connectivity: isConnectivityAsked ? () => connectivityFindings(parts.verdicts) : null,
    privileges: arePrivilegesAsked ? () => privilegesFindings(parts.watch) : null,
  };
}

function preflightSettings(config: Config): PreflightSettings {
  const { maintenance } = config;
  const { controlPlane, etcd } = maintenance.upgrade;
  return {
    controlPlane,
    endpoint: maintenance.apiEndpoint,
    drain: maintenanceSettings(config).drain,
    accept: maintenance.accept,
    snapshot: etcd.snapshot,
    alertsForMs: maintenance.gates.alerts.checkEveryMs,
    lookBackMs: LOOK_BACK_MS,
    isDryRun: maintenance.dryRun,
    artifacts: Object.values(maintenance.executors).flatMap((one) =>
      one.kind === 'pod' ? (one.artifacts?.files ?? []) : [],
    ),
  };
}

/** As of the last look on this maintainer. A result that is accepted is shown as `accepted`. */
function createPreflightMetrics(registry: Registry): (results: readonly CheckResult[]) => void {
  const gauge = new Gauge({
    name: 'vigilante_preflight',
    help: 'Checks before an upgrade by their result, as of the last look on this maintainer.',
    labelNames: ['check', 'result'],
    registers: [registry],
  });
  return (results) => {
    gauge.reset();
    for (const { check, answer, accepted } of results) {
      gauge.set({ check, result: accepted === null ? answer : 'accepted' }, 1);
    }
  };
}
