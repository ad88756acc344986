/** The log of a process: one JSON object per line on stdout. */

import { type Logger, pino } from 'pino';

import type { Config } from '../config/schema/config.ts';

export type Log = Logger;

export function createLog(options: { level: Config['log']['level']; process: string; cluster: string }): Log {
  const { level, process: name, cluster } = options;
  return pino({
    level,
    base: { process: name, cluster },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: pino.stdSerializers.errWithCause },
    errorKey: 'error',
  });
}
