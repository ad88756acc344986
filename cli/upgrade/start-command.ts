/** `vigilante upgrade start`: begins a run over clusters, which `vigilante fleet` then works on. */

import { startFleet } from '../../temporal/upgrade/fleets.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { runOfFile } from './run-file.ts';

export async function startCommand(
  context: CommandContext,
  terminal: Terminal,
  { file }: { readonly file: string },
): Promise<ExitCode> {
  const input = runOfFile(file);
  const { run } = input;
  const answer = await startFleet(await context.client(), input, context.config.temporal);
  if (answer === 'other-content') {
    throw new CommandError(EXIT.conditionNotMet, `run ${run} goes on with another content: give this one another name`);
  }
  terminal.write(answer === 'started' ? `run ${run} is started\n` : `run ${run} runs already\n`);
  return EXIT.ok;
}
