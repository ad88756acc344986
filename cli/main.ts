/** The command line for people: parses the arguments, runs one command, turns errors into messages and exit codes. */

import { CommanderError } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import { createProgram } from './program.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/** Returns the exit code; the terminal is another one in tests. */
export async function main(args: readonly string[], terminal?: Terminal): Promise<number> {
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  // Once: a second Ctrl-C ends the process at once.
  process.once('SIGINT', onInterrupt);
  try {
    return await run(args, terminal ?? processTerminal(stop.signal));
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: ExitCode = EXIT.ok;
  const program = createProgram(terminal, (given) => {
    code = given;
  });
  if (args.length === 0) {
    terminal.note(program.helpInformation());
    return EXIT.usage;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof CommandError) return complain(terminal, error, error.exitCode);
    if (error instanceof ConfigError) return complain(terminal, error, EXIT.configuration);
    throw error;
  }
}

function complain(terminal: Terminal, error: Error, code: ExitCode): ExitCode {
  terminal.note(`vigilante: ${error.message}\n`);
  return code;
}
