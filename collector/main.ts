/** The process `vigilante collector`: takes the agents' reports and says which of them are missing. */

import type { Server as HttpsServer } from 'node:https';
import type { FastifyInstance } from 'fastify';

import type { Config } from '../config/schema/config.ts';
import { messageOf } from '../domain/error-message.ts';
import { KubeconfigError } from '../kubernetes/client/kubeconfig.ts';
import { ListenError, listenAddress, splitEndpoint } from '../runtime/listen.ts';
import { pause } from '../runtime/pause.ts';
import { type ProcessContext, runProcess } from '../runtime/process.ts';
import { retry } from '../runtime/retry.ts';
import { readTlsFiles, watchTlsFiles } from '../runtime/tls-files.ts';
import { type Collector, createCollector } from './collector.ts';
import { ORIGINAL_FLAGS_HELP, readOriginalFlags } from './netchecker/flags.ts';
import { runHousekeeping } from './reports/housekeeping.ts';
import { buildServer } from './server.ts';
import { StoreFileFault } from './stores/report-store.ts';

export function main(args: readonly string[]): Promise<number> {
  return runProcess({
    name: 'collector',
    about: "Takes the agents' reports and says which agents are absent or outdated.",
    args,
    readArguments: readOriginalFlags,
    argumentsHelp: ORIGINAL_FLAGS_HELP,
    configurationFaults: [KubeconfigError, StoreFileFault],
    run: runCollector,
  });
}

async function runCollector(context: ProcessContext): Promise<void> {
  const { config, log, signal } = context;
  const collector = createCollector(context);
  const listening = await listen(config, collector, context);
  try {
    collector.cluster.start();
    await openStore(collector, context);
    while (!signal.aborted) {
      await runHousekeeping(collector.housekeeping);
      await pause(config.collector.checkIntervalMs, signal);
    }
  } finally {
    log.info('no more reports are taken');
    listening.stopWatching();
    await listening.server.close();
    collector.housekeeping.heartbeat.beat(collector.housekeeping.clock.nowMs(), collector.registry.outages());
    await collector.store.close();
    await collector.cluster.stop();
  }
}

/** The reports of before the start are read until that works; meanwhile agents are answered 503 and come again. */
async function openStore(
  { registry, housekeeping }: Collector,
  { config, log, signal }: ProcessContext,
): Promise<void> {
  await retry({
    signal,
    attempt: () => registry.open(housekeeping.heartbeat.lastRun()),
    onFailure: (error, nextTryMs) => {
      if (error instanceof StoreFileFault)
        throw new StoreFileFault(`${error.message}; check collector.store`, { cause: error });
      log.warn({ nextTryMs }, `the ${config.collector.store.kind} store cannot be opened: ${messageOf(error)}`);
    },
  });
  if (registry.problem() === null)
    log.info(`reports of ${registry.size()} agents read from the ${config.collector.store.kind} store`);
}

interface Listening {
  readonly server: FastifyInstance;
  readonly stopWatching: () => void;
}

async function listen(config: Config, { parts }: Collector, { log }: ProcessContext): Promise<Listening> {
  const files = { certificateFile: config.http.certificateFile, keyFile: config.http.keyFile };
  const server = await buildServer(parts, config.tls ? readTlsFiles(files) : null);
  const { host, port } = splitEndpoint(config.collector.endpoint);
  try {
    await server.listen({ host: await listenAddress(host), port });
  } catch (error) {
    const key = 'collector.endpoint (or VIGILANTE_COLLECTOR_ENDPOINT)';
    throw new ListenError({ what: 'the API of the collector', host, port, key }, error);
  }
  log.info(`taking reports on ${server.listeningOrigin}`);
  const stopWatching = config.tls ? watchTlsFiles({ files, server: server.server as HttpsServer, log }) : () => {};
  return { server, stopWatching };
}
