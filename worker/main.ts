/** The process `vigilante worker`: runs the workflows and activities of one cluster. */

import { Runtime } from '@temporalio/worker';
import { kubeconfigSource } from '../config/kubeconfig-source.ts';
import { profilesOf } from '../config/policies/profiles.ts';
import { proxyFor } from '../config/proxy.ts';
import { VERDICT_PATH } from '../contracts/connectivity/agent-report.ts';
import { VERDICT_NAMES_MAX } from '../contracts/connectivity/watch-connectivity.ts';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import { connectCluster } from '../kubernetes/client/connection.ts';
import { KubeconfigError } from '../kubernetes/client/kubeconfig.ts';
import { createNodeInformer } from '../kubernetes/nodes/informer.ts';
import { type CollectorClient, createCollectorClient } from '../runtime/collector-client.ts';
import { startHttpServer } from '../runtime/http-server.ts';
import { informerProblem } from '../runtime/informer-problem.ts';
import { createRegistry, measureKubernetesRequests, measureReadiness, metricsPage } from '../runtime/metrics.ts';
import { createReadiness } from '../runtime/readiness.ts';
import { type OpenTemporal, openTemporal } from '../temporal/open.ts';
import { runTemporalProcess, type TemporalContext } from '../temporal/process.ts';
import { installTemporalRuntime } from '../temporal/runtime.ts';
import { workflowBundle } from '../temporal/worker/workflow-bundle.ts';
import { readingOf } from './profiles.ts';
import { createWorkerActivities, type WorkerActivities } from './worker-activities.ts';
import { createWorkers } from './workers.ts';

/** Two hundred names with their details are a tenth of it. */
const VERDICT_BYTES_MAX = 1_048_576;

export function main(args: readonly string[]): Promise<number> {
  return runTemporalProcess({
    name: 'worker',
    about: 'Runs the Temporal workflows and activities of one cluster.',
    args,
    configurationFaults: [KubeconfigError],
    run: runWorker,
  });
}

async function runWorker(context: TemporalContext): Promise<void> {
  const { config, log, signal } = context;
  const registry = createRegistry();
  const cluster = connectCluster({
    kubeconfig: kubeconfigSource(config),
    proxyFor: (target) => proxyFor(target)?.url ?? null,
    onRequest: measureKubernetesRequests(registry),
    onSlow: (message) => log.warn(`Kubernetes: ${message}`),
  });
  const [snat] = profilesOf(config);
  const informer = createNodeInformer(cluster, {
    ...readingOf(snat),
    condition: snat.healing.condition,
    asksAboutDepartures: false,
    onError: (message) => log.warn(`Kubernetes: ${message}`),
  });
  const collector = openCollector(context);
  const { metricsProblem } = await installTemporalRuntime(config, log);
  const readiness = createReadiness(
    {
      worker: () => 'not started yet',
      nodes: () => informerProblem(informer.health()),
      kubernetes: () => cluster.problem(),
      temporal: () => `not connected to Temporal at ${context.temporal.address} yet`,
    },
    { 'temporal-sdk-metrics': metricsProblem },
  );
  const pages = { metrics: metricsPage(registry), readiness: measureReadiness(registry, readiness.answer) };
  const server = await startHttpServer(config, pages, log);
  let opened: OpenTemporal | null = null;
  let made: WorkerActivities | null = null;
  informer.start();
  try {
    const temporal = await openTemporal(context, SEARCH_ATTRIBUTES);
    opened = temporal;
    if (temporal === null) return;
    const { link } = temporal;
    readiness.register('temporal', () => temporal.problem());
    const { activities, onboarding } = (made = createWorkerActivities(context, {
      cluster,
      informer,
      registry,
      collector,
      connection: link,
    }));
    const workers = await createWorkers({
      config,
      connection: link.connection,
      namespace: context.temporal.namespace,
      activities,
      onboarding,
      workflowBundle: await workflowBundle(Runtime.instance().logger),
      areAttributesWritable: () => temporal.areAttributesWritable(),
    });
    readiness.register('worker', () => workers.problem());
    await workers.run(signal);
  } finally {
    await informer.stop();
    await made?.stop();
    await cluster.close();
    await collector.close();
    await opened?.close();
    await server.close();
  }
}

function openCollector({ config, log }: TemporalContext): CollectorClient {
  const { collectorUrl: url, collectorCaFile: caFile } = config.connectivity;
  return createCollectorClient({
    url,
    caFile,
    path: `${VERDICT_PATH}?names=${VERDICT_NAMES_MAX}`,
    bodyBytesMax: VERDICT_BYTES_MAX,
    onCaProblem: (message) => log.warn(message),
  });
}
