/** The process `vigilante fleet`: upgrades over several clusters. It talks to Temporal alone, and reaches no cluster. */

import { Runtime } from '@temporalio/worker';

import { MAINTENANCE_SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import { startHttpServer } from '../runtime/http-server.ts';
import { createRegistry, measureReadiness, metricsPage } from '../runtime/metrics.ts';
import { createNotifications } from '../runtime/notifications.ts';
import { createReadiness } from '../runtime/readiness.ts';
import type { Repeating } from '../runtime/repeat.ts';
import { temporalClient } from '../temporal/client.ts';
import { type OpenTemporal, openTemporal } from '../temporal/open.ts';
import { runTemporalProcess, type TemporalContext } from '../temporal/process.ts';
import { installTemporalRuntime } from '../temporal/runtime.ts';
import { runningFleets } from '../temporal/upgrade/fleets.ts';
import { workflowBundle } from '../temporal/worker/workflow-bundle.ts';
import { createFleetMetrics } from './fleet-metrics.ts';
import { watchFleets } from './fleet-watch.ts';
import { createFleetWorker } from './workers.ts';

/** A query adds no event to the history, but counts as an action where Temporal is paid for by those. */
const ASK_EVERY_MS = 60_000;

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
  let watch: Repeating | null = null;
  try {
    const temporal = await openTemporal(context, MAINTENANCE_SEARCH_ATTRIBUTES);
    opened = temporal;
    if (temporal === null) return;
    readiness.register('temporal', () => temporal.problem());
    const workers = await createFleetWorker({
      config,
      link: temporal.link,
      namespace: context.temporal.namespace,
      tell: createNotifications({ cluster: null, receivers: config.maintenance.notify, registry, log }),
      workflowBundle: await workflowBundle(Runtime.instance().logger),
      areAttributesWritable: () => temporal.areAttributesWritable(),
    });
    readiness.register('worker', () => workers.problem());
    watch = watchFleets({
      fleets: runningFleets(temporalClient(temporal.link, context.temporal.namespace)),
      onRuns: createFleetMetrics(registry, { intervalMs: ASK_EVERY_MS }),
      log,
      everyMs: ASK_EVERY_MS,
    });
    await workers.run(signal);
  } finally {
    await watch?.stop();
    await opened?.close();
    await server.close();
  }
}
