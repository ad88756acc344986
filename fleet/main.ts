/** The process `vigilante fleet`: upgrades over several clusters. It talks to Temporal alone, and reaches no cluster. */

import { Runtime } from '@temporalio/worker';

import { MAINTENANCE_SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import { startHttpServer } from '../runtime/http-server.ts';
import { createRegistry, measureReadiness, metricsPage } from '../runtime/metrics.ts';
import { createReadiness } from '../runtime/readiness.ts';
import { type OpenTemporal, openTemporal } from '../temporal/open.ts';
import { runTemporalProcess, type TemporalContext } from '../temporal/process.ts';
import { installTemporalRuntime } from '../temporal/runtime.ts';
import { workflowBundle } from '../temporal/worker/workflow-bundle.ts';
import { createFleetWorker } from './workers.ts';

export function main(args: readonly string[]): Promise<number> {
  return runTemporalProcess({
    name: 'fleet',
    about: 'Runs the Temporal workflows that upgrade several clusters, one stage after another.',
    args,
    configurationFaults: [],
    run: runFleet,
  });
}

async function runFleet(context: TemporalContext): Promise<void> {
  const { config, log, signal } = context;
  const registry = createRegistry();
  const { metricsProblem } = await installTemporalRuntime(config, log);
  const readiness = createReadiness(
    {
      worker: () => 'not started yet',
      temporal: () => `not connected to Temporal at ${context.temporal.address} yet`,
    },
    { 'temporal-sdk-metrics': metricsProblem },
  );
  const pages = { metrics: metricsPage(registry), readiness: measureReadiness(registry, readiness.answer) };
  const server = await startHttpServer(config, pages, log);
  let opened: OpenTemporal | null = null;
  try {
    const temporal = await openTemporal(context, MAINTENANCE_SEARCH_ATTRIBUTES);
    opened = temporal;
    if (temporal === null) return;
    readiness.register('temporal', () => temporal.problem());
    const workers = await createFleetWorker({
      config,
      link: temporal.link,
      namespace: context.temporal.namespace,
      workflowBundle: await workflowBundle(Runtime.instance().logger),
      areAttributesWritable: () => temporal.areAttributesWritable(),
    });
    readiness.register('worker', () => workers.problem());
    await workers.run(signal);
  } finally {
    await opened?.close();
    await server.close();
  }
}
