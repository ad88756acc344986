/** The log of an agent: one JSON object per line, with the keys of the other processes' logs. */

type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal';
type Write = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface AgentLog {
  /** Written only at the verbosity of `DEBUG_VERBOSITY` or more. */
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  readonly fatal: Write;
}

/** At this `-v` the original agent logs every probe and every report. */
const DEBUG_VERBOSITY = 5;

export function createAgentLog(options: {
  readonly verbosity: number;
  readonly write: (line: string) => void;
}): AgentLog {
  const at =
    (level: Level): Write =>
    (msg, fields) => {
      const line = { level, time: new Date().toISOString(), process: 'agent', ...fields, msg };
      options.write(`${JSON.stringify(line)}\n`);
    };
  return {
    debug: options.verbosity >= DEBUG_VERBOSITY ? at('debug') : () => {},
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}

/** What the whole process takes, in whole megabytes. */
export function memoryMB(): number {
  return Math.round(process.memoryUsage.rss() / 1_000_000);
}
