/** Sets up the Temporal SDK of the process: its log goes to ours, its own metrics are served on a port. */

import type { LogLevel, LogMetadata } from '@temporalio/common';
import { type Logger, Runtime, type RuntimeOptions } from '@temporalio/worker';

import type { Config } from '../config/schema/config.ts';
import { ListenError, listenAddress } from '../runtime/listen.ts';
import type { Log } from '../runtime/log.ts';
import type { ReadinessCheck } from '../runtime/readiness.ts';

/** While Temporal is away every poller says this every few seconds; `watchTemporal` says it once. */
const RETRY_NOTICE = /^gRPC call \w+ retried \d+ times/;

const TELEMETRY: NonNullable<RuntimeOptions['telemetryOptions']> = {
  logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
};
const PORT_KEY = 'temporal.metricsPort (or VIGILANTE_TEMPORAL_METRICS_PORT)';

export interface TemporalRuntime {
  /** Null while the SDK's metrics are served as configured, else why they are not. The process works on without them. */
  readonly metricsProblem: ReadinessCheck;
}

/**
 * Must run before the first connection; a second call in one process throws. Where the port of the SDK's metrics cannot
 * be had, the process goes on without them until it is started again.
 */
export async function installTemporalRuntime(config: Config, log: Log): Promise<TemporalRuntime> {
  const options: RuntimeOptions = {
    logger: forwardTo(log),
    // The process ends its workers itself, in order.
    shutdownSignals: [],
  };
  const { host } = config.http;
  const { metricsPort: port } = config.temporal;
  if (port === 0) {
    installLasting({ ...options, telemetryOptions: TELEMETRY });
    return { metricsProblem: () => null };
  }
  const bindAddress = socketAddress(await listenAddress(host), port);
  const metrics = { prometheus: { bindAddress, useSecondsForDurations: true } };
  try {
    installLasting({ ...options, telemetryOptions: { ...TELEMETRY, metrics } });
    return { metricsProblem: () => null };
  } catch (error) {
    const target = { what: "the Temporal SDK's metrics", host, port, key: PORT_KEY };
    const problem = `${new ListenError(target, error).message}; they are not served until the process is started again`;
    log.warn(problem);
    installLasting({ ...options, telemetryOptions: TELEMETRY });
    return { metricsProblem: () => problem };
  }
}

/**
 * The SDK ends its runtime whenever no connection is open, so also after each failed attempt to connect, and makes a new
 * one for the next. Its metrics would come and go with it, and their port could be lost to another process.
 */
function installLasting(options: RuntimeOptions): void {
  Object.defineProperty(Runtime.install(options), 'isIdle', { value: () => false });
}

function socketAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function forwardTo(log: Log): Logger {
  const write = (level: LogLevel, message: string, metadata?: LogMetadata) => {
    if (RETRY_NOTICE.test(message)) return log.debug({ ...metadata, source: 'temporal-sdk' }, message);
    const method = ({ TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const)[level];
    log[method]({ ...metadata, source: 'temporal-sdk' }, message);
  };
  return {
    log: write,
    trace: (message, metadata) => write('TRACE', message, metadata),
    debug: (message, metadata) => write('DEBUG', message, metadata),
    info: (message, metadata) => write('INFO', message, metadata),
    warn: (message, metadata) => write('WARN', message, metadata),
    error: (message, metadata) => write('ERROR', message, metadata),
  };
}
