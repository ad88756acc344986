/** The process `vigilante agent`: runs on a node, probes from there, reports to the collector. */

import { NODE_NAME_VARIABLE, POD_NAME_VARIABLE, readAgentEnvironment } from '../config/agent-environment.ts';
import { type AgentLog, createAgentLog, memoryMB } from './agent-log.ts';
import { type AgentOptions, parseAgentOptions } from './agent-options.ts';
import { reasonOf } from './reason.ts';
import { runAgent } from './run-agent.ts';

const EXIT_FAILED = 1;
/** As Go's package `flag` exits. */
const EXIT_USAGE = 2;

/** SIGHUP is what a Windows container gets when it is stopped. */
const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Resolves with the exit code: 0 after a signal, 1 without the name of the pod, 2 for wrong flags. */
export async function main(args: readonly string[]): Promise<number> {
  const reading = parseAgentOptions(args);
  if (reading.kind === 'help') {
    process.stdout.write(reading.text);
    return 0;
  }
  if (reading.kind === 'wrong') {
    process.stderr.write(`vigilante agent: ${reading.message}\n`);
    return EXIT_USAGE;
  }
  return start(reading.options);
}

async function start(options: AgentOptions): Promise<number> {
  const stream = options.logToStderr ? process.stderr : process.stdout;
  // Who reads the log may go away; the agent stays.
  stream.on('error', () => {});
  const log = createAgentLog({ verbosity: options.verbosity, write: (line) => void stream.write(line) });
  const { podName, nodeName } = readAgentEnvironment();
  const { endpoint, reportIntervalSeconds } = options;
  log.info('starting agent', { pod: podName, node: nodeName, memoryMB: memoryMB() });
  log.debug(`collector ${endpoint.origin}, a report every ${reportIntervalSeconds} s`);
  if (podName === null) {
    log.error(`environment variable ${POD_NAME_VARIABLE} is not set: without a name there is nothing to report`);
    return EXIT_FAILED;
  }
  if (nodeName === null) log.error(`environment variable ${NODE_NAME_VARIABLE} is not set: the reports name no node`);
  if (options.tokenFile !== null && endpoint.origin.startsWith('http:')) {
    log.warn(`the token goes to ${endpoint.origin} without TLS: whoever listens has it`);
  }
  const { signal, release } = untilStopped(log);
  try {
    await runAgent({ options, podName, nodeName: nodeName ?? '', log, signal });
    log.info('agent has stopped');
    return 0;
  } catch (error) {
    log.fatal(`agent cannot go on: ${reasonOf(error)}`);
    return EXIT_FAILED;
  } finally {
    release();
  }
}

/** Until then an unexpected fault is logged and the agent goes on: one probe must not end the others. */
function untilStopped(log: AgentLog): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    log.info(`${name}: stopping`);
    controller.abort();
  };
  const onFault = (fault: unknown): void => {
    log.error(`a fault that was not expected: ${reasonOf(fault)}`, {
      stack: fault instanceof Error ? (fault.stack ?? null) : null,
    });
  };
  for (const name of STOP_SIGNALS) process.on(name, onSignal);
  process.on('uncaughtException', onFault);
  process.on('unhandledRejection', onFault);
  return {
    signal: controller.signal,
    release() {
      for (const name of STOP_SIGNALS) process.off(name, onSignal);
      process.off('uncaughtException', onFault);
      process.off('unhandledRejection', onFault);
    },
  };
}
