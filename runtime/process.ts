/** What all processes do alike: arguments, configuration, log, signals, exit code. */

import { parseArgs } from 'node:util';
import { ConfigError, EXIT_CONFIG } from '../config/config-error.ts';
import { type ConfigOverride, loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema/config.ts';
import { ownMessageOf } from '../domain/error-message.ts';
import { ListenError } from './listen.ts';
import { createLog, type Log } from './log.ts';

export const EXIT_FAILED = 1;
/** `EX_USAGE` of sysexits. */
export const EXIT_USAGE = 64;
/** `EX_UNAVAILABLE`: a port that the process needs cannot be had, now. */
export const EXIT_UNAVAILABLE = 69;

export interface ProcessContext {
  readonly config: Config;
  readonly log: Log;
  /** Aborted by SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
}

/** What the arguments of a process say. */
export interface ProcessArguments {
  /** The file that `--config` names. */
  readonly config: string | undefined;
  readonly overrides: readonly ConfigOverride[];
  readonly help: boolean;
}

export interface ProcessOptions {
  readonly name: string;
  /** One sentence for `--help`. */
  readonly about: string;
  readonly args: readonly string[];
  /** Reads the arguments of a process that takes more than `--config`; throws for wrong ones. */
  readonly readArguments?: (args: readonly string[]) => ProcessArguments;
  /** What `--help` says of those arguments. */
  readonly argumentsHelp?: string;
  /** Errors that a person must fix, besides those of the configuration: they exit with 78, too. */
  readonly configurationFaults: readonly (new (
    ...args: never[]
  ) => Error)[];
  /** Resolves when everything is stopped; rejects when the process cannot go on. */
  readonly run: (context: ProcessContext) => Promise<void>;
}

/**
 * Returns the exit code: 0 after a drain, 78 for a wrong configuration, 64 for wrong arguments, 69 where a port cannot be
 * had, 1 for failures.
 */
export async function runProcess(options: ProcessOptions): Promise<number> {
  const parsed = parseArguments(options);
  if (typeof parsed === 'number') return parsed;
  const notices: string[] = [];
  const config = loadOrComplain(parsed, (notice) => notices.push(notice));
  if (config === null) return EXIT_CONFIG;

  const log = createLog({ level: config.log.level, process: options.name, cluster: config.cluster });
  for (const notice of notices) log.info(notice);
  const { signal, release } = stopSignal(log);
  try {
    await options.run({ config, log, signal });
    log.info(`${options.name} has stopped`);
    return 0;
  } catch (error) {
    const exitCode = exitCodeOf(error, options);
    if (exitCode === EXIT_FAILED) log.fatal({ error }, `${options.name} cannot go on`);
    // A person must do something about it, and the message says what: a stack would only hide it.
    else process.stderr.write(`${ownMessageOf(error)}\n`);
    return exitCode;
  } finally {
    release();
  }
}

function exitCodeOf(error: unknown, { configurationFaults }: ProcessOptions): number {
  if (error instanceof ListenError) return EXIT_UNAVAILABLE;
  const faults = [ConfigError, ...configurationFaults];
  return faults.some((fault) => error instanceof fault) ? EXIT_CONFIG : EXIT_FAILED;
}

/** The exit code where there is nothing to run. */
function parseArguments({
  name,
  about,
  args,
  readArguments,
  argumentsHelp,
}: ProcessOptions): ProcessArguments | number {
  const usage = `Usage: vigilante ${name} [--config FILE]\n\n${about}\n\n  --config FILE  configuration (default: VIGILANTE_CONFIG, else /etc/vigilante/config/conf.yaml)\n  --help         show this\n${argumentsHelp ?? ''}`;
  try {
    const parsed = (readArguments ?? configArgument)(args);
    if (!parsed.help) return parsed;
    process.stdout.write(usage);
    return 0;
  } catch (error) {
    process.stderr.write(`${ownMessageOf(error)}\n\n${usage}`);
    return EXIT_USAGE;
  }
}

function configArgument(args: readonly string[]): ProcessArguments {
  const { values } = parseArgs({
    args: [...args],
    options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  return { config: values.config, overrides: [], help: values.help === true };
}

function loadOrComplain(
  { config: path, overrides }: ProcessArguments,
  onNotice: (notice: string) => void,
): Config | null {
  try {
    return loadConfig({ path, overrides, onNotice });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return null;
  }
}

/** The first signal asks for a drain, a second one ends the process at once. */
function stopSignal(log: Log): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(EXIT_FAILED);
    log.info(`${name}: stopping`);
    controller.abort(new Error(name));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return {
    signal: controller.signal,
    release() {
      process.off('SIGTERM', onSignal);
      process.off('SIGINT', onSignal);
    },
  };
}
