/** The process `vigilante starter`: keeps a heal for each node that needs one, the watches, and the guard of maintenance. */

import type { Client } from '@temporalio/client';
import { connectivityPolicy } from '../config/policies/connectivity.ts';
import { SNAT_PROFILE } from '../contracts/healing/names.ts';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import { KubeconfigError } from '../kubernetes/client/kubeconfig.ts';
import { startHttpServer } from '../runtime/http-server.ts';
import { createRegistry, measureKubernetesRequests, measureReadiness, metricsPage } from '../runtime/metrics.ts';
import { createReadiness, type ReadinessBoard } from '../runtime/readiness.ts';
import { temporalClient } from '../temporal/client.ts';
import { connectivityWatchOf } from '../temporal/connectivity/watch.ts';
import { maintenanceGuardOf } from '../temporal/maintenance/guard.ts';
import { rebootsWatchOf } from '../temporal/maintenance/reboots.ts';
import { type OpenTemporal, openTemporal } from '../temporal/open.ts';
import { privilegesWatchOf } from '../temporal/privileges/watch.ts';
import { runTemporalProcess, type TemporalContext } from '../temporal/process.ts';
import { installTemporalRuntime } from '../temporal/runtime.ts';
import { openCluster } from './cluster.ts';
import { createConnectivityKeeper } from './connectivity/watch-keeper.ts';
import { createKeptHealing } from './healing/keep-healing.ts';
import { keepRunning } from './keep-running.ts';
import { createStarterMetrics } from './starter-metrics.ts';

export function main(args: readonly string[]): Promise<number> {
  return runTemporalProcess({
    name: 'starter',
    about:
      'Watches Windows nodes, keeps a healing workflow for each that needs one, and the watch of the connectivity.',
    args,
    configurationFaults: [KubeconfigError],
    run: runStarter,
  });
}

type StarterReadiness = ReadinessBoard<'nodes' | 'kubernetes' | 'temporal' | 'reconcile'>;

async function runStarter(context: TemporalContext): Promise<void> {
  const { config, log, signal } = context;
  const registry = createRegistry();
  const cluster = openCluster(context, measureKubernetesRequests(registry));
  const metrics = createStarterMetrics(registry);
  const { metricsProblem } = await installTemporalRuntime(config, log);

  const readiness: StarterReadiness = createReadiness(
    {
      nodes: () => cluster.informerProblem(),
      kubernetes: () => cluster.problem(),
      temporal: () => `not connected to Temporal at ${context.temporal.address} yet`,
      reconcile: () => 'waits for Temporal and the nodes',
    },
    { 'temporal-sdk-metrics': metricsProblem },
  );
  const pages = { metrics: metricsPage(registry), readiness: measureReadiness(registry, readiness.answer) };
  const server = await startHttpServer(config, pages, log);
  let opened: OpenTemporal | null = null;
  cluster.start();
  try {
    const temporal = await openTemporal(context, SEARCH_ATTRIBUTES);
    opened = temporal;
    if (temporal === null) return;
    readiness.register('temporal', () => temporal.problem());
    await cluster.untilSynced(signal);
    if (signal.aborted) return;
    const client = temporalClient(temporal.link, context.temporal.namespace);
    const kept = cluster.profiles.map((of) => {
      const measured = of.profile.name === SNAT_PROFILE ? metrics : metrics.ofProfile(of.profile.name);
      return createKeptHealing({ context, cluster, of, metrics: measured, client });
    });
    readiness.register('reconcile', () => kept.map((healing) => healing.problem()).find((one) => one !== null) ?? null);
    await Promise.all([...kept.map((healing) => healing.run()), keepWatches(context, client)]);
  } finally {
    await cluster.close();
    await opened?.close();
    await server.close();
  }
}

/** In loops of their own: what fails there does not delay a heal. */
async function keepWatches({ config, log, signal }: TemporalContext, client: Client): Promise<void> {
  const intervalMs = config.starter.reconcileIntervalMs;
  const connectivity = createConnectivityKeeper({
    watch: connectivityWatchOf(client, config.cluster),
    enabled: config.connectivity.enabled,
    policy: connectivityPolicy(config),
    log,
    intervalMs,
  });
  const { privileges, reboots, enabled } = config.maintenance;
  const { searchAttributes } = config.temporal;
  const privilegesWatch = privilegesWatchOf(client, config.cluster);
  const kept = [
    {
      name: 'the watch of the privileges',
      settings: { 'maintenance.privileges.enabled': privileges.enabled },
      workflow: { ...privilegesWatch, ensure: () => privilegesWatch.ensure({ searchAttributes }) },
    },
    {
      name: 'the guard of the maintenance',
      settings: { 'maintenance.enabled': enabled },
      workflow: maintenanceGuardOf(client, config.cluster),
    },
    {
      name: 'the watch of the reboots',
      settings: { 'maintenance.enabled': enabled, 'maintenance.reboots.enabled': reboots.enabled },
      workflow: rebootsWatchOf(client, config.cluster),
    },
  ];
  await Promise.all([connectivity.run(signal), ...kept.map((one) => keepRunning({ ...one, log, intervalMs }, signal))]);
}
