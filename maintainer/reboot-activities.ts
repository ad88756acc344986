/** The activities of rolling reboots, with what they need. */

import type { ConnectionLike } from '@temporalio/client';
import type { Registry } from 'prom-client';

import { createRebootActivities, type RebootDeps } from '../activities/maintenance/rebooting.ts';
import { profilesOf } from '../config/policies/profiles.ts';
import { NODES_LIMIT, parseNodeHosts } from '../contracts/connectivity/node-hosts.ts';
import type { RebootActivities } from '../contracts/maintenance/watch-reboots.ts';
import type { ClusterConnection } from '../kubernetes/client/connection.ts';
import { createLabelledPods } from '../kubernetes/maintenance/labelled-pods.ts';
import { createMaintenanceNodes } from '../kubernetes/maintenance/nodes.ts';
import { profileReading } from '../kubernetes/nodes/profile-reading.ts';
import type { CollectorClient } from '../runtime/collector-client.ts';
import { temporalClient } from '../temporal/client.ts';
import { maintenancesOf } from '../temporal/maintenance/maintenances.ts';
import type { TemporalContext } from '../temporal/process.ts';
import { maintenanceSettings } from './maintenance-settings.ts';
import { createRebootMetrics } from './reboot-metrics.ts';

export interface RebootParts extends Pick<RebootDeps, 'gatesFor'> {
  readonly cluster: ClusterConnection;
  readonly registry: Registry;
  readonly connection: ConnectionLike;
  /** Asks the collector about all nodes. */
  readonly collector: Pick<CollectorClient, 'ask' | 'url'>;
}

const COLLECTOR_TIMEOUT_MS = 30_000;
const HTTP_OK = 200;

export function rebootActivities(
  { config, temporal }: Pick<TemporalContext, 'config' | 'temporal'>,
  { cluster, registry, connection, collector, gatesFor }: RebootParts,
): RebootActivities {
  const { maintenance } = config;
  const { executor, intervalMs, minUptimeMs, maxUptimeMs, conditions, blockingPods, kuredMetric } = maintenance.reboots;
  const { connectivity, windowsHealing: healing } = maintenance.prove;
  const [snat] = profilesOf(config);
  const place = { cluster: config.cluster, searchAttributes: config.temporal.searchAttributes };
  return createRebootActivities({
    settings: {
      groups: maintenanceSettings(config).groups,
      rules: { maxUptimeMs, minUptimeMs },
      executor,
      expect: { connectivity, healing },
      intervalMs,
      conditions,
      blockingPods,
    },
    nodes: createMaintenanceNodes(cluster, profileReading(snat)),
    hosts: () => hostsFrom(collector),
    podsWith: createLabelledPods(cluster),
    gatesFor,
    maintenances: maintenancesOf(temporalClient(connection, temporal.namespace), place),
    serverNowMs: cluster.serverNowMs,
    onReboots: createRebootMetrics(registry, { intervalMs, servesKured: kuredMetric }),
  });
}

async function hostsFrom({ ask, url }: RebootParts['collector']): ReturnType<RebootDeps['hosts']> {
  const { status, body } = await ask(AbortSignal.timeout(COLLECTOR_TIMEOUT_MS), { limit: String(NODES_LIMIT) });
  if (status !== HTTP_OK) throw new Error(`the collector at ${url} answered ${status} about the nodes`);
  const found = parseNodeHosts(body);
  if (!found.ok) throw new Error(`the collector at ${url} gave a wrong answer: ${found.problems.join('; ')}`);
  return found.value;
}
