/** The process `vigilante starter`: keeps a heal for each node that needs one, and the watch of the connectivity. */

import type { ConnectionLike } from '@temporalio/client';
import { kubeconfigSource } from '../config/kubeconfig-source.ts';
import { connectivityPolicy } from '../config/policies/connectivity.ts';
import { proxyFor } from '../config/proxy.ts';
import { connectCluster } from '../kubernetes/client/connection.ts';
import { KubeconfigError } from '../kubernetes/client/kubeconfig.ts';
import { healableNodes } from '../kubernetes/healing/healable-nodes.ts';
import { createHealingPods } from '../kubernetes/healing/pods.ts';
import { createNodeEvents } from '../kubernetes/nodes/events.ts';
import { createNodeInformer } from '../kubernetes/nodes/informer.ts';
import { createNodes } from '../kubernetes/nodes/nodes.ts';
import { startHttpServer } from '../runtime/http-server.ts';
import { informerProblem } from '../runtime/informer-problem.ts';
import {
  createRegistry,
  type KubernetesRequest,
  measureKubernetesRequests,
  measureReadiness,
  metricsPage,
} from '../runtime/metrics.ts';
import { type OpenTemporal, openTemporal } from '../runtime/open-temporal.ts';
import { readinessOf } from '../runtime/readiness.ts';
import { runTemporalProcess, type TemporalContext } from '../runtime/temporal-process.ts';
import { installTemporalRuntime } from '../runtime/temporal-runtime.ts';
import { connectivityWatchOf } from './connectivity/watch.ts';
import { createConnectivityKeeper } from './connectivity/watch-keeper.ts';
import { createForeignMarkStarts } from './healing/foreign-mark-starts.ts';
import { createForeignMarks } from './healing/foreign-marks.ts';
import { healsOf } from './healing/heals.ts';
import { NodeKeeper } from './healing/node-keeper.ts';
import { createReconcileLoop, type ReconcileLoop } from './healing/reconcile-loop.ts';
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

type Cluster = ReturnType<typeof openCluster>;

interface Running {
  temporal: OpenTemporal | null;
  loop: ReconcileLoop | null;
}

async function runStarter(context: TemporalContext): Promise<void> {
  const { config, log, signal } = context;
  const registry = createRegistry();
  const cluster = openCluster(context, measureKubernetesRequests(registry));
  const metrics = createStarterMetrics(registry);
  const { metricsProblem } = await installTemporalRuntime(config, log);

  const running: Running = { temporal: null, loop: null };
  const readiness = measureReadiness(
    registry,
    readinessOf(checks(context, cluster, running), { 'temporal-sdk-metrics': metricsProblem }),
  );
  const server = await startHttpServer(config, { metrics: metricsPage(registry), readiness }, log);
  cluster.informer.start();
  try {
    running.temporal = await openTemporal(context);
    if (running.temporal === null) return;
    await cluster.untilSynced(signal);
    if (signal.aborted) return;
    const connection = running.temporal.link;
    await Promise.all([
      keepHealing({ context, cluster, metrics, connection, running }),
      keepConnectivity(context, connection),
    ]);
  } finally {
    await cluster.close();
    await running.temporal?.close();
    await server.close();
  }
}

function checks({ temporal }: TemporalContext, cluster: Cluster, running: Running) {
  return {
    nodes: () => informerProblem(cluster.informer.health()),
    kubernetes: () => cluster.problem(),
    temporal: () => {
      if (running.temporal === null) return `not connected to Temporal at ${temporal.address} yet`;
      return running.temporal.problem();
    },
    reconcile: () => (running.loop === null ? 'waits for Temporal and the nodes' : running.loop.problem()),
  };
}

async function keepHealing(parts: {
  context: TemporalContext;
  cluster: Cluster;
  metrics: StarterMetrics;
  connection: ConnectionLike;
  running: Running;
}): Promise<void> {
  const { context, cluster, metrics, connection } = parts;
  const { config, log, signal } = context;
  const { informer, nodes, pods } = cluster;
  const heals = healsOf(connection, context.temporal.namespace, config);
  const { startsPerSecond, startsAtOnceMax, reconcileInterval } = config.starter;
  const keeper = new NodeKeeper({
    heals,
    informer,
    observe: (name) => nodes.observe(name),
    metrics,
    log,
    startsPerSecond,
    startsAtOnceMax,
    foreignMarkStarts: createForeignMarkStarts({
      pauseMs: config.healing.retryAfter,
      nowMs: () => performance.now(),
    }),
  });
  const loop = createReconcileLoop({
    keeper,
    informer,
    sweep: {
      ...{ pods, heals, log, nowMs: cluster.serverNowMs },
      intervalMs: config.healing.interval,
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
    intervalMs: reconcileInterval,
    healingWindowMs: config.healing.window,
  });
  parts.running.loop = loop;
  const unsubscribe = informer.onChange((change) => keeper.nodeChanged(change.name));
  await loop.run(signal);
  unsubscribe();
  await keeper.stop();
}

/** In a loop of its own: what fails there does not delay a heal. */
function keepConnectivity({ config, log, signal, temporal }: TemporalContext, connection: ConnectionLike) {
  return createConnectivityKeeper({
    watch: connectivityWatchOf(connection, temporal.namespace, config.cluster),
    enabled: config.connectivity.enabled,
    policy: connectivityPolicy(config),
    log,
    intervalMs: config.starter.reconcileInterval,
  }).run(signal);
}

function openCluster({ config, log }: TemporalContext, onRequest: (request: KubernetesRequest) => void) {
  const { annotation: healedAnnotation, foreignMark } = config.healing;
  const reading = { healedAnnotation, foreignMark, healable: healableNodes(config.healing) };
  const connection = connectCluster({
    kubeconfig: kubeconfigSource(config),
    proxyFor: (target) => proxyFor(target)?.url ?? null,
    onRequest,
    onSlow: (message) => log.warn(`Kubernetes: ${message}`),
  });
  const informer = createNodeInformer(connection, {
    ...reading,
    onError: (message) => log.warn(`Kubernetes: ${message}`),
  });
  const { pod } = config.healing;
  const namespace = pod.namespace ?? connection.namespace ?? 'default';
  const intervalMs = config.healing.interval;
  return {
    informer,
    problem: () => connection.problem(),
    serverNowMs: connection.serverNowMs,
    nodes: createNodes(connection, reading),
    events: createNodeEvents(connection),
    pods: createHealingPods(connection, { ...pod, namespace, intervalMs }),
    /** Also ends when the signal is aborted. */
    async untilSynced(signal: AbortSignal) {
      const aborted = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([informer.untilSynced(), aborted]);
    },
    async close() {
      await informer.stop();
      await connection.close();
    },
  };
}
