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

/** An error and its causes in one line, for messages that people read. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : messageOf(error.cause);
  return cause === '' || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}
