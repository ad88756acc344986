/** The process `vigilante maintainer`: runs what needs more rights than the worker has, with an account of its own. */

import { Runtime } from '@temporalio/worker';
import { kubeconfigSource } from '../config/kubeconfig-source.ts';
import { proxyFor } from '../config/proxy.ts';
import { MAINTENANCE_SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import { connectCluster } from '../kubernetes/client/connection.ts';
import { KubeconfigError } from '../kubernetes/client/kubeconfig.ts';
import { startHttpServer } from '../runtime/http-server.ts';
import { createRegistry, measureKubernetesRequests, measureReadiness, metricsPage } from '../runtime/metrics.ts';
import { createReadiness } from '../runtime/readiness.ts';
import type { Repeating } from '../runtime/repeat.ts';
import { type OpenTemporal, openTemporal } from '../temporal/open.ts';
import { runTemporalProcess, type TemporalContext } from '../temporal/process.ts';
import { installTemporalRuntime } from '../temporal/runtime.ts';
import { workflowBundle } from '../temporal/worker/workflow-bundle.ts';
import { allActivities } from './all-activities.ts';
import { apiServersOf } from './api-servers.ts';
import { collectorClients } from './collector-clients.ts';
import { demandDeclaredFile } from './declared-file.ts';
import { maintenanceGates } from './maintenance-gates.ts';
import { startUpgradeWatch } from './upgrade-watch.ts';
import { createMaintainer } from './workers.ts';

export function main(args: readonly string[]): Promise<number> {
  return runTemporalProcess({
    name: 'maintainer',
    about: 'Runs the Temporal workflows and activities of one cluster that need more rights than the worker has.',
    args,
    configurationFaults: [KubeconfigError],
    run: runMaintainer,
  });
}

async function runMaintainer(context: TemporalContext): Promise<void> {
  const { config, log, signal } = context;
  const { privileges, dryRun: isDryRun } = config.maintenance;
  if (privileges.enabled) demandDeclaredFile(privileges.declared);
  if (isDryRun) log.warn('a dry run (maintenance.dryRun): nothing is written to the cluster');
  const registry = createRegistry();
  const cluster = connectCluster({
    kubeconfig: kubeconfigSource(config),
    proxyFor: (target) => proxyFor(target)?.url ?? null,
    isDryRun,
    onRequest: measureKubernetesRequests(registry),
    onSlow: (message) => log.warn(`Kubernetes: ${message}`),
  });
  const collector = collectorClients(config, (message) => log.warn(message));
  const gates = maintenanceGates(config.maintenance, {
    now: cluster.serverNowMs,
    onCaProblem: (message) => log.warn(message),
  });
  const apiServers = apiServersOf(config, cluster, {
    proxyFor: (target) => proxyFor(target)?.url ?? null,
    onSlow: (message) => log.warn(`Kubernetes: ${message}`),
  });
  const { metricsProblem } = await installTemporalRuntime(config, log);
  const readiness = createReadiness(
    {
      worker: () => 'not started yet',
      kubernetes: () => cluster.problem(),
      temporal: () => `not connected to Temporal at ${context.temporal.address} yet`,
    },
    { 'temporal-sdk-metrics': metricsProblem },
  );
  const pages = { metrics: metricsPage(registry), readiness: measureReadiness(registry, readiness.answer) };
  const server = await startHttpServer(config, pages, log);
  let opened: OpenTemporal | null = null;
  let watching: Repeating | null = null;
  try {
    const temporal = await openTemporal(context, MAINTENANCE_SEARCH_ATTRIBUTES);
    opened = temporal;
    if (temporal === null) return;
    readiness.register('temporal', () => temporal.problem());
    const { serverNowMs } = cluster;
    watching = startUpgradeWatch(context, { connection: temporal.link, registry, serverNowMs });
    const workers = await createMaintainer({
      config,
      connection: temporal.link.connection,
      namespace: context.temporal.namespace,
      activities: allActivities(context, {
        cluster,
        registry,
        connection: temporal.link,
        gates,
        apiServers,
        collector,
      }),
      workflowBundle: await workflowBundle(Runtime.instance().logger),
      areAttributesWritable: () => temporal.areAttributesWritable(),
    });
    readiness.register('worker', () => workers.problem());
    await workers.run(signal);
  } finally {
    await watching?.stop();
    await cluster.close();
    await apiServers.close();
    await collector.close();
    await gates.close();
    await opened?.close();
    await server.close();
  }
}
