/** The command `vigilante reboots`: its options and arguments. */

import { Argument, type Command, Option } from 'commander';
import type { CommonOptions } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { commandForPeople, inContext } from '../people-command.ts';
import type { Terminal } from '../terminal.ts';
import { REBOOTS_FORMATS, type RebootsFormat } from './reboots-formats.ts';

interface RebootsOptions extends CommonOptions {
  readonly output: RebootsFormat;
}

export function addReboots(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  const reboots = commandForPeople(program, 'reboots', 'show which nodes need a reboot, and why those that wait do')
    .addArgument(new Argument('[action]', 'what to do').choices(['status']).default('status'))
    .addOption(new Option('-o, --output <format>', 'how to show it').choices(REBOOTS_FORMATS).default('table'))
    .action(async (_action: 'status', options: RebootsOptions) => {
      const { rebootsCommand } = await import('./reboots-command.ts');
      done(await inContext(options, (context) => rebootsCommand(context, terminal, { format: options.output })));
    });
  reboots
    .command('from-kured')
    .description("print the values of kured's Helm chart as our configuration")
    .argument('<file>', 'file of the values')
    .action(async (file: string) => {
      const { fromKuredCommand } = await import('./from-kured-command.ts');
      done(fromKuredCommand(terminal, file));
    });
}
