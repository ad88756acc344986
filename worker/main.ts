/** The process `vigilante worker`: runs the workflows and activities of one cluster. */

import { Runtime } from '@temporalio/worker';

import { kubeconfigSource } from '../config/kubeconfig-source.ts';
import { proxyFor } from '../config/proxy.ts';
import { type ClusterConnection, connectCluster } from '../kubernetes/client/connection.ts';
import { KubeconfigError } from '../kubernetes/client/kubeconfig.ts';
import { healableNodes } from '../kubernetes/healing/healable-nodes.ts';
import { createNodeInformer, type NodeInformer } from '../kubernetes/nodes/informer.ts';
import { startHttpServer } from '../runtime/http-server.ts';
import { informerProblem } from '../runtime/informer-problem.ts';
import { createRegistry, measureKubernetesRequests, measureReadiness, metricsPage } from '../runtime/metrics.ts';
import { readinessOf } from '../runtime/readiness.ts';
import { type OpenTemporal, openTemporal } from '../temporal/open.ts';
import { runTemporalProcess, type TemporalContext } from '../temporal/process.ts';
import { installTemporalRuntime } from '../temporal/runtime.ts';
import { createCollectorClient } from './collector-client.ts';
import { createWorkerActivities } from './worker-activities.ts';
import { createWorkers, type Workers } from './workers.ts';
import { workflowBundle } from './workflow-bundle.ts';

export function main(args: readonly string[]): Promise<number> {
  return runTemporalProcess({
    name: 'worker',
    about: 'Runs the Temporal workflows and activities of one cluster.',
    args,
    configurationFaults: [KubeconfigError],
    run: runWorker,
  });
}

interface Running {
  temporal: OpenTemporal | null;
  workers: Workers | null;
}

interface Watched {
  readonly cluster: ClusterConnection;
  readonly informer: NodeInformer;
}

async function runWorker(context: TemporalContext): Promise<void> {
  const { config, log, signal, temporal } = context;
  const registry = createRegistry();
  const cluster = connectCluster({
    kubeconfig: kubeconfigSource(config),
    proxyFor: (target) => proxyFor(target)?.url ?? null,
    onRequest: measureKubernetesRequests(registry),
    onSlow: (message) => log.warn(`Kubernetes: ${message}`),
  });
  const informer = createNodeInformer(cluster, {
    asksAboutDepartures: false,
    healedAnnotation: config.healing.annotation,
    healable: healableNodes(config.healing),
    foreignMark: config.healing.foreignMark,
    onError: (message) => log.warn(`Kubernetes: ${message}`),
  });
  const { collectorUrl: url, collectorCaFile: caFile } = config.connectivity;
  const collector = createCollectorClient({ url, caFile, onCaProblem: (message) => log.warn(message) });
  const { metricsProblem } = await installTemporalRuntime(config, log);
  const running: Running = { temporal: null, workers: null };
  const readiness = measureReadiness(
    registry,
    readinessOf(checks(context, { cluster, informer }, running), { 'temporal-sdk-metrics': metricsProblem }),
  );
  const pages = { metrics: metricsPage(registry), readiness };
  const server = await startHttpServer(config, pages, log);
  informer.start();
  try {
    running.temporal = await openTemporal(context);
    if (running.temporal === null) return;
    const { link } = running.temporal;
    running.workers = await createWorkers({
      config,
      connection: link.connection,
      namespace: temporal.namespace,
      activities: createWorkerActivities(context, {
        cluster,
        informer,
        registry,
        collector,
        connection: link,
      }),
      workflowBundle: await workflowBundle(Runtime.instance().logger),
      areAttributesWritable: () => running.temporal?.areAttributesWritable() === true,
    });
    await running.workers.run(signal);
  } finally {
    await informer.stop();
    await cluster.close();
    await collector.close();
    await running.temporal?.close();
    await server.close();
  }
}

function checks({ temporal }: TemporalContext, { cluster, informer }: Watched, running: Running) {
  return {
    worker: () => (running.workers === null ? 'not started yet' : running.workers.problem()),
    nodes: () => informerProblem(informer.health()),
    kubernetes: () => cluster.problem(),
    temporal: () => {
      if (running.temporal === null) return `not connected to Temporal at ${temporal.address} yet`;
      return running.temporal.problem();
    },
  };
}
