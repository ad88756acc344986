/** The process `vigilante echo`: answers which address a connection came from, without Kubernetes and Temporal. */

import type { Config } from '../config/schema/config.ts';
import { addressRange } from '../domain/node/address.ts';
import { startHttpServer } from '../runtime/http-server.ts';
import { listen, splitEndpoint } from '../runtime/listen.ts';
import { createRegistry, measureReadiness, metricsPage } from '../runtime/metrics.ts';
import { type ProcessContext, runProcess } from '../runtime/process.ts';
import { createRateLimit } from '../runtime/rate-limit.ts';
import { readinessOf } from '../runtime/readiness.ts';
import { readTlsFiles, watchTlsFiles } from '../runtime/tls-files.ts';
import { COMMANDS_HELP, runCommand } from './commands.ts';
import { measureAnswers } from './echo-metrics.ts';
import { createEchoServer } from './server.ts';
import { KeyProblem, openSigningKey } from './signing-key.ts';

export async function main(args: readonly string[]): Promise<number> {
  const code = await runCommand(args);
  if (code !== null) return code;
  return runProcess({
    name: 'echo',
    about: 'Answers which address a connection came from, signed, so that a pod can prove what it sends.',
    args,
    argumentsHelp: COMMANDS_HELP,
    configurationFaults: [KeyProblem],
    run: runEcho,
  });
}

async function runEcho({ config, log, signal }: ProcessContext): Promise<void> {
  const { echo } = config;
  const limit = createRateLimit({ perSecond: echo.requestsPerSecond, burst: echo.requestsPerSecond });
  const key = openSigningKey({ file: echo.keyFile, log });
  const registry = createRegistry();
  const readiness = readinessOf({ key: () => key.problem() });
  const files = { certificateFile: config.http.certificateFile, keyFile: config.http.keyFile };
  const echoing = createEchoServer({
    voice: { name: echo.name, sign: (text) => key.sign(text) },
    isTrustedProxy: echo.proxyProtocol === 'off' ? null : anyOf(echo.trustedProxies),
    tls: echo.tls ? readTlsFiles(files) : null,
    connectionsMax: echo.connectionsMax,
    take: (address, nowMs) => limit.take(address, nowMs),
    onAnswer: measureAnswers(registry),
  });
  const pages = { metrics: metricsPage(registry), readiness: measureReadiness(registry, readiness) };
  const server = await startHttpServer(withMetricsPort(config), pages, log);
  const { host, port } = splitEndpoint(echo.endpoint);
  await listen(echoing.server, { what: 'the echo', host, port, key: 'echo.endpoint' });
  const stopWatching = echoing.https === null ? () => {} : watchTlsFiles({ files, server: echoing.https, log });
  log.info(`${echo.name} answers on ${echo.endpoint}`);
  try {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  } finally {
    stopWatching();
    key.stop();
    await echoing.close();
    await server.close();
  }
}

/** Metrics and health have a port of their own: the other one is open to the network that is proved. */
function withMetricsPort(config: Config): Config {
  return { ...config, http: { ...config.http, port: config.http.port ?? config.echo.metricsPort } };
}

function anyOf(ranges: readonly string[]): (address: string) => boolean {
  const contain = ranges.map((range) => addressRange(range)).filter((range) => range !== null);
  return (address) => contain.some((contains) => contains(address));
}
