/** The process `vigilante worker`: runs the workflows and activities of one cluster. */

import { type NativeConnection, Runtime } from '@temporalio/worker';
import type { Registry } from 'prom-client';

import { createHealingActivities } from '../activities/healing.ts';
import { kubeconfigSource } from '../config/kubeconfig-source.ts';
import { type ClusterConnection, connectCluster } from '../kubernetes/connection.ts';
import { createHealingPods } from '../kubernetes/healing-pods.ts';
import { KubeconfigError } from '../kubernetes/kubeconfig.ts';
import { createNodeEvents } from '../kubernetes/node-events.ts';
import { createNodeInformer, type NodeInformer } from '../kubernetes/node-informer.ts';
import { createNodes } from '../kubernetes/nodes.ts';
import { startHttpServer } from '../runtime/http-server.ts';
import { informerProblem } from '../runtime/informer-problem.ts';
import { countKubernetesRequests, createRegistry, metricsPage } from '../runtime/metrics.ts';
import { type ProcessContext, runProcess } from '../runtime/process.ts';
import { readinessOf } from '../runtime/readiness.ts';
import { connectTemporal } from '../runtime/temporal-connection.ts';
import { installTemporalRuntime } from '../runtime/temporal-runtime.ts';
import { type TemporalWatch, watchTemporal } from '../runtime/temporal-watch.ts';
import { createWorkerMetrics } from './worker-metrics.ts';
import { createWorkers, type Workers } from './workers.ts';
import { workflowBundle } from './workflow-bundle.ts';

export function main(args: readonly string[]): Promise<number> {
  return runProcess({
    name: 'worker',
    about: 'Runs the Temporal workflows and activities of one cluster.',
    args,
    configurationFaults: [KubeconfigError],
    run: runWorker,
  });
}

interface Running {
  connection: NativeConnection | null;
  watch: TemporalWatch | null;
  workers: Workers | null;
}

async function runWorker(context: ProcessContext): Promise<void> {
  const { config, log, signal, temporal } = context;
  const registry = createRegistry();
  const cluster = connectCluster({
    kubeconfig: kubeconfigSource(config),
    onRequest: countKubernetesRequests(registry),
  });
  const informer = createNodeInformer(cluster, {
    healedAnnotation: config.healing.annotation,
    onError: (message) => log.warn(`Kubernetes: ${message}`),
  });
  installTemporalRuntime(config, log);
  const running: Running = { connection: null, watch: null, workers: null };
  const pages = { metrics: metricsPage(registry), readiness: readinessOf(checks(context, informer, running)) };
  const server = await startHttpServer(config, pages, log);
  informer.start();
  try {
    running.connection = await connectTemporal({
      profile: temporal,
      searchAttributes: config.temporal.searchAttributes,
      log,
      signal,
    });
    if (running.connection === null) return;
    running.watch = watchTemporal({ connection: running.connection, profile: temporal, log });
    running.workers = await createWorkers({
      config,
      connection: running.connection,
      namespace: temporal.namespace,
      activities: healingActivities(context, { cluster, informer, registry }),
      workflowBundle: await workflowBundle(Runtime.instance().logger),
    });
    await running.workers.run(signal);
  } finally {
    await informer.stop();
    await cluster.close();
    await running.watch?.stop();
    await running.connection?.close();
    await server.close();
  }
}

function checks({ temporal }: ProcessContext, informer: NodeInformer, running: Running) {
  return {
    worker: () => (running.workers === null ? 'not started yet' : running.workers.problem()),
    nodes: () => informerProblem(informer.health()),
    temporal: () => {
      if (running.watch === null) return `not connected to Temporal at ${temporal.address} yet`;
      return running.watch.problem();
    },
  };
}

function healingActivities(
  { config, log }: ProcessContext,
  parts: { cluster: ClusterConnection; informer: NodeInformer; registry: Registry },
) {
  const { cluster, informer, registry } = parts;
  const { annotation: healedAnnotation, interval: intervalMs, pod } = config.healing;
  const namespace = pod.namespace ?? cluster.namespace ?? 'default';
  const metrics = createWorkerMetrics(registry);
  log.info(`healing pods are made in namespace ${namespace}`);
  return createHealingActivities({
    nodes: createNodes(cluster, { healedAnnotation }),
    pods: createHealingPods(cluster, { namespace, image: pod.image, tolerations: pod.tolerations, intervalMs }),
    events: createNodeEvents(cluster),
    // A cache that has lost its watch may be old: then the API server is asked.
    informer: { get: (name) => (informer.health().failuresInARow > 0 ? undefined : informer.get(name)) },
    healedAnnotation,
    ...metrics,
    onEventDropped(reason) {
      metrics.onEventDropped(reason);
      log.warn(`an Event was left out: ${reason}`);
    },
  });
}
