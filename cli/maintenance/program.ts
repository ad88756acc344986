/** The commands of maintenance: their options and arguments. */

import { Argument, type Command, Option } from 'commander';
import { RESOLUTIONS, type Resolution } from '../../domain/maintenance/state.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { durationMs, nodeName } from '../arguments.ts';
import type { CommonOptions } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { commandForPeople, inContext, withKubeconfig } from '../people-command.ts';
import type { Terminal } from '../terminal.ts';
import { MAINTENANCE_FORMATS, type MaintenanceFormat } from './render.ts';

interface MaintenanceOptions extends CommonOptions {
  readonly output: MaintenanceFormat;
  readonly watch?: boolean;
  readonly reason?: string;
  readonly for: number;
}

interface MaintainOptions extends CommonOptions {
  readonly executor: string;
  readonly wait?: boolean;
}

interface ReleaseOptions extends CommonOptions {
  readonly reason: string;
}

interface FetchOptions {
  readonly root: string;
}

const PAUSE_DEFAULT = '4h';
const ACTIONS = ['status', 'pause', 'resume'] as const;

export function addMaintenance(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  commandForPeople(program, 'maintenance', 'show which nodes are in maintenance or wait for it, or pause and resume it')
    .addArgument(new Argument('[action]', 'what to do').choices(ACTIONS).default('status'))
    .addOption(new Option('-o, --output <format>', 'how to show it').choices(MAINTENANCE_FORMATS).default('table'))
    .option('-w, --watch', 'show it again and again, until Ctrl-C')
    .option('--reason <text>', 'why it is paused, or goes on')
    .addOption(
      new Option('--for <duration>', 'how long a pause lasts, at most 14d')
        .argParser(durationMs)
        .default(durationMs(PAUSE_DEFAULT), PAUSE_DEFAULT),
    )
    .action(async (action: (typeof ACTIONS)[number], options: MaintenanceOptions) => {
      const { output: format, watch = false, reason = null } = options;
      const request = { action, format, watch, reason, pauseMs: options.for };
      const { maintenanceCommand } = await import('./status-command.ts');
      done(await inContext(options, (context) => maintenanceCommand(context, terminal, request)));
    });
  withKubeconfig(commandForPeople(program, 'maintain', 'have a node drained, acted upon, proven and given back'))
    .argument('<node>', 'name of the node', nodeName)
    .requiredOption('--executor <name>', 'who acts, one of maintenance.executors')
    .option('--wait', 'wait for the end')
    .action(async (node: NodeName, options: MaintainOptions) => {
      const request = { node, executor: options.executor, wait: options.wait ?? false };
      const { maintainCommand } = await import('./node-commands.ts');
      done(await inContext(options, (context) => maintainCommand(context, terminal, request)));
    });
  commandForPeople(program, 'release', 'decide what becomes of a node that is held')
    .argument('<node>', 'name of the node', nodeName)
    .addArgument(new Argument('<resolution>', 'what becomes of it').choices(RESOLUTIONS))
    .requiredOption('--reason <text>', 'why')
    .action(async (node: NodeName, resolution: Resolution, options: ReleaseOptions) => {
      const { releaseCommand } = await import('./node-commands.ts');
      const request = { node, resolution, reason: options.reason };
      done(await inContext(options, (context) => releaseCommand(context, terminal, request)));
    });
  program
    .command('fetch-artifacts')
    .description('bring files to a node, checked by their sums: run by the init container of an act')
    .helpGroup('In the cluster:')
    .requiredOption('--root <folder>', "where the node's file system is mounted")
    .argument('<artifacts>', 'list of artifacts as JSON')
    .action(async (written: string, { root }: FetchOptions) => {
      const { fetchArtifactsCommand } = await import('./fetch-artifacts-command.ts');
      done(await fetchArtifactsCommand(terminal, { root, written }));
    });
}
