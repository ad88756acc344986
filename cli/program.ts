/** The commands, their options and their help. */

import { readFileSync } from 'node:fs';
import { Argument, Command, Option } from 'commander';
import { PROCESSES } from '../contracts/processes.ts';
import type { NodeName } from '../domain/node/identity.ts';
import { SHOWN_STATES } from '../temporal/healing/heal-record.ts';
import { durationMs, nodeName, nodeNames } from './arguments.ts';
import type {
  ConnectivityOptions,
  PrivilegesOptions,
  RestartOptions,
  StatusOptions,
  VerifyOptions,
  WaitOptions,
} from './command-options.ts';
import { CONNECTIVITY_FORMATS } from './connectivity/render.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import { STATUS_FORMATS } from './healing/render-status.ts';
import { HELP_AFTER } from './help-text.ts';
import { addMaintenance } from './maintenance/program.ts';
import { addReboots } from './maintenance/reboots-program.ts';
import { commandForHeals, commandForPeople, inContext } from './people-command.ts';
import { PRIVILEGES_FORMATS } from './privileges/render.ts';
import type { Terminal } from './terminal.ts';
import { addUpgrade } from './upgrade/program.ts';

const CONNECTIVITY_ACTIONS = ['pause', 'resume'] as const;
type ConnectivityAction = (typeof CONNECTIVITY_ACTIONS)[number];

const WAIT_TIMEOUT_DEFAULT = '90m';
const CANCEL_TIMEOUT_DEFAULT = '2m';

/** `done` gets the exit code of the command that ran. */
export function createProgram(terminal: Terminal, done: (code: ExitCode) => void): Command {
  const program = new Command('vigilante')
    .description('Durable care for Kubernetes nodes, orchestrated by Temporal.')
    .version(packageVersion(), '-V, --version')
    .configureOutput({ writeOut: (text) => terminal.write(text), writeErr: (text) => terminal.note(text) })
    .exitOverride()
    .showHelpAfterError('(more: vigilante --help)')
    .addHelpText('after', HELP_AFTER);
  addStatus(program, terminal, done);
  addHeal(program, terminal, done);
  addRestart(program, terminal, done);
  addCancel(program, terminal, done);
  addVerify(program, terminal, done);
  addConnectivity(program, terminal, done);
  addPrivileges(program, terminal, done);
  addReboots(program, terminal, done);
  addMaintenance(program, terminal, done);
  addUpgrade(program, terminal, done);
  for (const [name, about] of Object.entries(PROCESSES)) addProcess(program, name, about);
  return program;
}

function addStatus(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  commandForHeals(program, 'status', 'show the heals of the cluster, or of the nodes named')
    .addArgument(new Argument('[nodes...]', 'names of nodes').argParser(nodeNames).default([], 'all'))
    .addOption(new Option('-o, --output <format>', 'how to show them').choices(STATUS_FORMATS).default('table'))
    .option('-w, --watch', 'show them again and again, until Ctrl-C')
    .addOption(new Option('--state <state>', 'only heals in this state').choices(SHOWN_STATES))
    .option('-a, --all', 'also the last heal of nodes where none is running, and marked nodes without a heal')
    .action(async (nodes: readonly NodeName[], options: StatusOptions) => {
      const { output: format, watch = false, state = null, all = false } = options;
      const request = { nodes, format, watch, state, all };
      const { statusCommand } = await import('./healing/status-command.ts');
      done(await inContext(options, (context) => statusCommand(context, terminal, request)));
    });
}

function addHeal(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  waiting(commandForHeals(program, 'heal', 'heal a node now, whatever became of it before'), WAIT_TIMEOUT_DEFAULT)
    .argument('<node>', 'name of the node', nodeName)
    .action(async (node: NodeName, options: WaitOptions) => {
      const request = { command: 'heal', node, reason: null, ...waitOf(options) } as const;
      const { healCommand } = await import('./healing/heal-command.ts');
      done(await inContext(options, (context) => healCommand(context, terminal, request)));
    });
}

function addRestart(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  waiting(
    commandForHeals(program, 'restart', 'begin the heal of a node again: a full window, errors cleared'),
    WAIT_TIMEOUT_DEFAULT,
  )
    .addArgument(new Argument('[node]', 'name of the node').argParser(nodeName))
    .option('--reason <text>', 'why; written into the Event on the node')
    .option(
      '--open-onboarding',
      'instead of a node: before a rollback, end all heals that an older release does not know',
    )
    .action(async (node: NodeName | undefined, options: RestartOptions) => {
      const { openOnboarding = false, reason = null } = options;
      if (openOnboarding === (node !== undefined)) {
        throw new CommandError(EXIT.usage, 'restart: name a node, or give --open-onboarding');
      }
      if (node === undefined) {
        const { openOnboardingCommand } = await import('./healing/open-onboarding-command.ts');
        done(await inContext(options, (context) => openOnboardingCommand(context, terminal)));
        return;
      }
      const request = { command: 'restart', node, reason, ...waitOf(options) } as const;
      const { healCommand } = await import('./healing/heal-command.ts');
      done(await inContext(options, (context) => healCommand(context, terminal, request)));
    });
}

function addCancel(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  waiting(
    commandForHeals(program, 'cancel', 'end the heal of a node and keep the healing off it'),
    CANCEL_TIMEOUT_DEFAULT,
  )
    .argument('<node>', 'name of the node', nodeName)
    .action(async (node: NodeName, options: WaitOptions) => {
      const request = { node, ...waitOf(options) };
      const { cancelCommand } = await import('./healing/cancel-command.ts');
      done(await inContext(options, (context) => cancelCommand(context, terminal, request)));
    });
}

function addVerify(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  commandForHeals(program, 'verify', 'ask the network once whether pods of a node keep their address; marks nothing')
    .addArgument(new Argument('[nodes...]', 'names of nodes').argParser(nodeNames).default([], 'none'))
    .option('-a, --all', 'every Windows node that is Ready')
    .option('--endpoint <name>', 'only this endpoint of healing.echo.endpoints')
    .action(async (nodes: readonly NodeName[], options: VerifyOptions) => {
      const { all = false, endpoint = null } = options;
      if (all === nodes.length > 0) throw new CommandError(EXIT.usage, 'verify: name nodes, or give --all');
      const { verifyCommand } = await import('./healing/verify-command.ts');
      done(await inContext(options, (context) => verifyCommand(context, terminal, { nodes, endpoint })));
    });
}

function addConnectivity(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  commandForPeople(program, 'connectivity', 'show which agents do not report, or pause and resume the watch of them')
    .addArgument(new Argument('[action]', 'instead of showing it').choices(CONNECTIVITY_ACTIONS))
    .addOption(new Option('-o, --output <format>', 'how to show it').choices(CONNECTIVITY_FORMATS).default('table'))
    .addOption(new Option('-w, --watch', 'show it again and again, until Ctrl-C').conflicts('now'))
    .option('--now', 'ask the collector now instead of showing its last verdict')
    .option('--reason <text>', 'why it is paused')
    .action(async (action: ConnectivityAction | undefined, options: ConnectivityOptions) => {
      const { output: format, watch = false, now = false, reason = null } = options;
      const request = { action: action ?? null, format, watch, now, reason };
      const { connectivityCommand } = await import('./connectivity/command.ts');
      done(await inContext(options, (context) => connectivityCommand(context, terminal, request)));
    });
}

function addPrivileges(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  commandForPeople(program, 'privileges', 'show which containers have other privileges than are declared')
    .addArgument(new Argument('[action]', 'write a file of what runs instead').choices(['declare']))
    .addOption(new Option('-o, --output <format>', 'how to show it').choices(PRIVILEGES_FORMATS).default('table'))
    .option('--drift', 'only what is more than declared, undeclared or unknown')
    .action(async (action: 'declare' | undefined, options: PrivilegesOptions) => {
      const request = { action: action ?? null, format: options.output, drift: options.drift ?? false };
      const { privilegesCommand } = await import('./privileges/command.ts');
      done(await inContext(options, (context) => privilegesCommand(context, terminal, request)));
    });
}

function waiting(command: Command, timeoutDefault: string): Command {
  const timeout = new Option('--timeout <duration>', 'how long --wait waits, such as 90m')
    .argParser(durationMs)
    .default(durationMs(timeoutDefault), timeoutDefault);
  return command.option('--wait', 'wait for the end and show the progress').addOption(timeout);
}

/** Listed for the help; `bin/main.ts` runs these itself. */
function addProcess(program: Command, name: string, about: string): void {
  program
    .command(name)
    .description(about)
    .helpGroup('Processes (vigilante COMMAND --help):')
    .allowUnknownOption()
    .action(() => {
      throw new CommandError(EXIT.usage, `${name} is run by the program vigilante: vigilante ${name} --help`);
    });
}

function waitOf(options: WaitOptions) {
  return { wait: options.wait ?? false, timeoutMs: options.timeout, configured: options.config !== undefined };
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest ? String(manifest.version) : 'unknown';
}
