/** What all commands for people share: their options, and how they reach the servers. */

import type { Command } from 'commander';
import type { CommandContext, CommonOptions } from './command-context.ts';
import type { ExitCode } from './exit-code.ts';
import { EXAMPLES } from './help-text.ts';

/** Loads the clients only when a command runs: help and wrong arguments answer at once. */
export async function inContext(
  options: CommonOptions,
  run: (context: CommandContext) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { withContext } = await import('./command-context.ts');
  return withContext(options, run);
}

/** A command for people, with the options that all of them share; the cluster is reached by `withKubeconfig`. */
export function commandForPeople(program: Command, name: keyof typeof EXAMPLES, about: string): Command {
  const command = program.command(name).description(about).helpGroup('For people:');
  return withSharedOptions(command).addHelpText('after', EXAMPLES[name]);
}

/** One about heals of nodes, those of any profile. */
export function commandForHeals(program: Command, name: keyof typeof EXAMPLES, about: string): Command {
  return withKubeconfig(commandForPeople(program, name, about)).option(
    '--node-profile <name>',
    'the check of nodes that it is about, one of `profiles` (default: snat)',
  );
}

export function withKubeconfig(command: Command): Command {
  return command.option('--kubeconfig <file>', 'kubeconfig (default: as kubectl)');
}

/** Which cluster it is about, and where configuration and Temporal are. */
export function withSharedOptions(command: Command): Command {
  return withTemporal(command.option('--cluster <name>', 'cluster (default: of the configuration)'));
}

export function withTemporal(command: Command): Command {
  return command
    .option('--config <file>', 'configuration (default: VIGILANTE_CONFIG, else /etc/vigilante/config/conf.yaml)')
    .option('--address <host:port>', 'Temporal (default: TEMPORAL_ADDRESS, else localhost:7233)')
    .option('--namespace <name>', 'namespace in Temporal (default: TEMPORAL_NAMESPACE, else default)')
    .option('--profile <name>', 'profile of the Temporal configuration file');
}
