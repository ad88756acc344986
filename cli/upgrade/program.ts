/** The commands of upgrades: their options and arguments. */

import { type Command, Option } from 'commander';
import type { NodeName } from '../../domain/node/identity.ts';
import { durationMs, nodeName } from '../arguments.ts';
import type { CommonOptions } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { EXAMPLES } from '../help-text.ts';
import { inContext, withSharedOptions } from '../people-command.ts';
import type { Terminal } from '../terminal.ts';
import {
  REPORT_FORMATS,
  type ReportFormat,
  STEERS,
  type Steer,
  UPGRADE_FORMATS,
  type UpgradeFormat,
} from './formats.ts';

interface PlanOptions extends CommonOptions {
  readonly conf?: string;
}

interface StatusOptions extends CommonOptions {
  readonly output: UpgradeFormat;
  readonly watch?: boolean;
}

interface SteerOptions extends CommonOptions {
  readonly reason: string;
  readonly node?: NodeName;
  readonly for: number;
}

interface ReportOptions extends CommonOptions {
  readonly output: ReportFormat;
}

type Done = (code: ExitCode) => void;

const PAUSE_DEFAULT = '4h';

export function addUpgrade(program: Command, terminal: Terminal, done: Done): void {
  const upgrade = program
    .command('upgrade')
    .description('upgrade Kubernetes on the nodes of clusters')
    .helpGroup('For people:')
    .addHelpText('after', EXAMPLES.upgrade);
  addPlan(upgrade, terminal, done);
  addStart(upgrade, terminal, done);
  addStatus(upgrade, terminal, done);
  for (const steer of ['pause', 'resume', 'skip', 'retry', 'abort'] as const) addSteer(upgrade, steer, terminal, done);
  addReport(upgrade, terminal, done);
}

function addPlan(upgrade: Command, terminal: Terminal, done: Done): void {
  withSharedOptions(upgrade.command('plan').description('show what would be done, and what blocks it; writes nothing'))
    .argument('[file]', 'file of the run')
    .option('--conf <file>', 'a k8s_deploy.conf instead, for the one cluster of the configuration')
    .action(async (file: string | undefined, options: PlanOptions) => {
      const { planCommand } = await import('./plan-command.ts');
      const request = { file: file ?? null, conf: options.conf ?? null };
      done(await inContext(options, (context) => planCommand(context, terminal, request)));
    });
}

function addStart(upgrade: Command, terminal: Terminal, done: Done): void {
  withSharedOptions(upgrade.command('start').description('begin a run, or find it running'))
    .argument('<file>', 'file of the run')
    .action(async (file: string, options: CommonOptions) => {
      const { startCommand } = await import('./start-command.ts');
      done(await inContext(options, (context) => startCommand(context, terminal, { file })));
    });
}

function addStatus(upgrade: Command, terminal: Terminal, done: Done): void {
  withSharedOptions(upgrade.command('status').description('show the upgrade of the cluster'))
    .addOption(new Option('-o, --output <format>', 'how to show it').choices(UPGRADE_FORMATS).default('table'))
    .option('-w, --watch', 'show it again and again, until Ctrl-C')
    .action(async (options: StatusOptions) => {
      const { output: format, watch = false } = options;
      const { statusCommand } = await import('./status-command.ts');
      done(await inContext(options, (context) => statusCommand(context, terminal, { format, watch })));
    });
}

function addSteer(upgrade: Command, steer: Steer, terminal: Terminal, done: Done): void {
  const command = withSharedOptions(upgrade.command(steer).description(STEERS[steer]))
    .argument('<run>', 'name of the run')
    .requiredOption('--reason <text>', 'why; it is in the report');
  if (steer === 'skip' || steer === 'retry') command.requiredOption('--node <name>', 'name of the node', nodeName);
  if (steer === 'pause') {
    command.addOption(
      new Option('--for <duration>', 'how long a pause lasts, at most 14d')
        .argParser(durationMs)
        .default(durationMs(PAUSE_DEFAULT), PAUSE_DEFAULT),
    );
  }
  command.action(async (run: string, options: SteerOptions) => {
    const request = { run, steer, node: options.node ?? null, reason: options.reason, pauseMs: options.for };
    const { steerCommand } = await import('./steer-command.ts');
    done(await inContext(options, (context) => steerCommand(context, terminal, request)));
  });
}

function addReport(upgrade: Command, terminal: Terminal, done: Done): void {
  withSharedOptions(upgrade.command('report').description('show who did what when in the upgrade of the cluster'))
    .argument('<run>', 'name of the run')
    .addOption(new Option('-o, --output <format>', 'how to show it').choices(REPORT_FORMATS).default('md'))
    .action(async (run: string, options: ReportOptions) => {
      const { reportCommand } = await import('./report-command.ts');
      done(await inContext(options, (context) => reportCommand(context, terminal, { run, format: options.output })));
    });
}
