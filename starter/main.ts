/** The process `vigilante starter`: keeps a heal for each node that needs one, and the watch of the connectivity. */

import type { Client } from '@temporalio/client';
import { connectivityPolicy } from '../config/policies/connectivity.ts';
import { healPlan } from '../config/policies/healing.ts';
import { KubeconfigError } from '../kubernetes/client/kubeconfig.ts';
import { startHttpServer } from '../runtime/http-server.ts';
import { informerProblem } from '../runtime/informer-problem.ts';
import { createRegistry, measureKubernetesRequests, measureReadiness, metricsPage } from '../runtime/metrics.ts';
import { createReadiness, type ReadinessBoard } from '../runtime/readiness.ts';
import { temporalClient } from '../temporal/client.ts';
import { connectivityWatchOf } from '../temporal/connectivity/watch.ts';
import { healStartsOf } from '../temporal/healing/heal-starts.ts';
import { healsOf } from '../temporal/healing/heals.ts';
import { type OpenTemporal, openTemporal } from '../temporal/open.ts';
import { runTemporalProcess, type TemporalContext } from '../temporal/process.ts';
import { installTemporalRuntime } from '../temporal/runtime.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { createConnectivityKeeper } from './connectivity/watch-keeper.ts';
import { createForeignMarkStarts } from './healing/foreign-mark-starts.ts';
import { createForeignMarks } from './healing/foreign-marks.ts';
import { NodeKeeper } from './healing/node-keeper.ts';
import { createReconcileLoop } from './healing/reconcile-loop.ts';
import { createStarterMetrics, type StarterMetrics } from './starter-metrics.ts';

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
      nodes: () => informerProblem(cluster.informer.health()),
      kubernetes: () => cluster.problem(),
      temporal: () => `not connected to Temporal at ${context.temporal.address} yet`,
      reconcile: () => 'waits for Temporal and the nodes',
    },
    { 'temporal-sdk-metrics': metricsProblem },
  );
  const pages = { metrics: metricsPage(registry), readiness: measureReadiness(registry, readiness.answer) };
  const server = await startHttpServer(config, pages, log);
  let opened: OpenTemporal | null = null;
  cluster.informer.start();
  try {
    const temporal = await openTemporal(context);
    opened = temporal;
    if (temporal === null) return;
    readiness.register('temporal', () => temporal.problem());
    await cluster.untilSynced(signal);
    if (signal.aborted) return;
    const client = temporalClient(temporal.link, context.temporal.namespace);
    await Promise.all([
      keepHealing({ context, cluster, metrics, client, readiness }),
      keepConnectivity(context, client),
    ]);
  } finally {
    await cluster.close();
    await opened?.close();
    await server.close();
  }
}

async function keepHealing(parts: {
  context: TemporalContext;
  cluster: Cluster;
  metrics: StarterMetrics;
  client: Client;
  readiness: StarterReadiness;
}): Promise<void> {
  const { context, cluster, metrics, client, readiness } = parts;
  const { config, log, signal } = context;
  const { informer, nodes, pods } = cluster;
  const heals = healsOf(client, config.cluster);
  const starts = healStartsOf(client, { cluster: config.cluster, annotation: config.healing.annotation });
  const plan = healPlan(config);
  const { startsPerSecond, startsAtOnceMax, reconcileIntervalMs } = config.starter;
  const keeper = new NodeKeeper({
    heals,
    startHeal: (node) => starts.start(node, plan),
    informer,
    observe: (name) => nodes.observe(name),
    metrics,
    log,
    startsPerSecond,
    startsAtOnceMax,
    foreignMarkStarts: createForeignMarkStarts({
      pauseMs: config.healing.retryAfterMs,
      nowMs: () => performance.now(),
    }),
  });
  const loop = createReconcileLoop({
    keeper,
    informer,
    sweep: {
      pods,
      heals,
      log,
      nowMs: cluster.serverNowMs,
      intervalMs: config.healing.intervalMs,
      onRemoved: () => metrics.countStrayPod(),
      onHeld: (count) => metrics.setPodsHeld(count),
    },
    foreignMarks: createForeignMarks({
      events: cluster.events,
      annotation: config.healing.annotation,
      policy: config.healing.foreignMark,
      log,
      onEventDropped: () => metrics.countEventDropped(),
    }),
    metrics,
    log,
    intervalMs: reconcileIntervalMs,
    healingWindowMs: config.healing.windowMs,
  });
  readiness.register('reconcile', () => loop.problem());
  const unsubscribe = informer.onChange((change) => keeper.nodeChanged(change));
  await loop.run(signal);
  unsubscribe();
  await keeper.stop();
}

/** In a loop of its own: what fails there does not delay a heal. */
function keepConnectivity({ config, log, signal }: TemporalContext, client: Client) {
  return createConnectivityKeeper({
    watch: connectivityWatchOf(client, config.cluster),
    enabled: config.connectivity.enabled,
    policy: connectivityPolicy(config),
    log,
    intervalMs: config.starter.reconcileIntervalMs,
  }).run(signal);
}
