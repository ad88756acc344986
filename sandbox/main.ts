/** The command `vigilante sandbox`: the whole world on one machine. */

import { Command, CommanderError } from 'commander';
import { addDemoCommand } from './commands/demo.ts';
import { addInspectCommands } from './commands/inspect.ts';
import { addNodeCommands } from './commands/node.ts';
import { addUpCommands } from './commands/up.ts';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, type Outcome, SandboxProblem } from './exit-code.ts';
import { EXIT_UNAVAILABLE, MissingPrerequisite } from './tools/missing-prerequisite.ts';

/** Returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  if (process.platform !== 'linux') {
    process.stderr.write('the sandbox needs Linux: it finds its processes in /proc\n');
    return EXIT_UNAVAILABLE;
  }
  const outcome: Outcome = { exitCode: EXIT_OK };
  try {
    await createProgram(outcome).parseAsync([...args], { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    return explain(error);
  }
}

function createProgram(outcome: Outcome): Command {
  const program = new Command('vigilante sandbox')
    .description('A Kubernetes control plane, simulated nodes and a Temporal server, all real programs on this machine')
    .exitOverride();
  addDemoCommand(program, outcome);
  addUpCommands(program);
  addInspectCommands(program, outcome);
  addNodeCommands(program);
  return program;
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  if (error instanceof MissingPrerequisite || error instanceof SandboxProblem) {
    process.stderr.write(`${error.message}\n`);
    return error instanceof MissingPrerequisite ? EXIT_UNAVAILABLE : EXIT_FAILED;
  }
  throw error;
}
