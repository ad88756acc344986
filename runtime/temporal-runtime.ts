/** Sets up the Temporal SDK of the process: its log goes to ours, its own metrics are served on a port. */

import type { LogLevel, LogMetadata } from '@temporalio/common';
import { type Logger, Runtime } from '@temporalio/worker';

import type { Config } from '../config/schema.ts';
import type { Log } from './log.ts';

const ALL_ADDRESSES = '0.0.0.0';

/** While Temporal is away every poller says this every few seconds; `watchTemporal` says it once. */
const RETRY_NOTICE = /^gRPC call \w+ retried \d+ times/;

/** Must run before the first connection; a second call in one process throws. */
export function installTemporalRuntime(config: Config, log: Log): void {
  const port = config.temporal.metricsPort;
  const host = config.http.host ?? ALL_ADDRESSES;
  const bindAddress = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  Runtime.install({
    logger: forwardTo(log),
    // The process ends its workers itself, in order.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      ...(port === 0 ? {} : { metrics: { prometheus: { bindAddress, useSecondsForDurations: true } } }),
    },
  });
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
