/** The process `vigilante maintainer`: runs what needs more rights than the worker has, with an account of its own. */

import { Runtime } from '@temporalio/worker';

import { kubeconfigSource } from '../config/kubeconfig-source.ts';
import { proxyFor } from '../config/proxy.ts';
import { NODES_PATH, PROCESSES_PATH, VERDICT_PATH } from '../contracts/connectivity/agent-report.ts';
import { connectCluster } from '../kubernetes/client/connection.ts';
import { KubeconfigError } from '../kubernetes/client/kubeconfig.ts';
import { createCollectorClient } from '../runtime/collector-client.ts';
import { startHttpServer } from '../runtime/http-server.ts';
import { createRegistry, measureKubernetesRequests, measureReadiness, metricsPage } from '../runtime/metrics.ts';
import { createReadiness } from '../runtime/readiness.ts';
import { type OpenTemporal, openTemporal } from '../temporal/open.ts';
import { runTemporalProcess, type TemporalContext } from '../temporal/process.ts';
import { installTemporalRuntime } from '../temporal/runtime.ts';
import { workflowBundle } from '../temporal/worker/workflow-bundle.ts';
import { agentReports } from './agent-reports.ts';
import { allActivities } from './all-activities.ts';
import { apiServersOf } from './api-servers.ts';
import { demandDeclaredFile } from './declared-file.ts';
import { maintenanceGates } from './maintenance-gates.ts';
import { createMaintainer } from './workers.ts';

/** A page of agents, each of which may report a mebibyte. */
const PROCESSES_BYTES_MAX = 64 * 1_048_576;
/** A few agents of one node. */
const NODE_BYTES_MAX = 1_048_576;
/** Ten thousand nodes with two agents each are half of it. */
const NODES_BYTES_MAX = 32 * 1_048_576;

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
  const collectors = collectorsOf(context);
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
  try {
    const temporal = await openTemporal(context);
    opened = temporal;
    if (temporal === null) return;
    readiness.register('temporal', () => temporal.problem());
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
        ...collectors,
      }),
      workflowBundle: await workflowBundle(Runtime.instance().logger),
      areAttributesWritable: () => temporal.areAttributesWritable(),
    });
    readiness.register('worker', () => workers.problem());
    await workers.run(signal);
  } finally {
    await cluster.close();
    await apiServers.close();
    await collectors.close();
    await gates.close();
    await opened?.close();
    await server.close();
  }
}

/** Clients of the collector, each for one of its answers. */
function collectorsOf({ config, log }: Pick<TemporalContext, 'config' | 'log'>) {
  const { collectorUrl: url, collectorCaFile: caFile } = config.connectivity;
  const open = (path: string, bodyBytesMax: number) =>
    createCollectorClient({ url, caFile, path, bodyBytesMax, onCaProblem: (message) => log.warn(message) });
  const processes = open(PROCESSES_PATH, PROCESSES_BYTES_MAX);
  const hosts = open(NODES_PATH, NODES_BYTES_MAX);
  const verdicts = open(VERDICT_PATH, NODES_BYTES_MAX);
  return {
    processes,
    hosts,
    verdicts,
    reports: agentReports((path) => open(path, NODE_BYTES_MAX)),
    close: async () => {
      for (const client of [processes, hosts, verdicts]) await client.close();
    },
  };
}
