/** The commands of upgrades: their options and arguments. */

import { type Command, Option } from 'commander';
import type { NodeName } from '../../domain/node/identity.ts';
import { APPROVAL_DECISIONS, type ApprovalDecision } from '../../domain/upgrade/approvals.ts';
import { durationMs, nodeName } from '../arguments.ts';
import type { CommonOptions } from '../command-context.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import { EXAMPLES } from '../help-text.ts';
import { inContext, withKubeconfig, withSharedOptions, withTemporal } from '../people-command.ts';
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

interface ApproveOptions extends CommonOptions {
  readonly stage?: string;
  readonly comment: string;
  readonly expires?: number;
}

interface SteerOptions extends CommonOptions {
  readonly fleet?: boolean;
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
  for (const decision of APPROVAL_DECISIONS) addApproval(upgrade, decision, terminal, done);
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
  withTemporal(upgrade.command('start').description('begin a run, or find it running'))
    .argument('<file>', 'file of the run')
    .action(async (file: string, options: CommonOptions) => {
      const { startCommand } = await import('./start-command.ts');
      done(await inContext(options, (context) => startCommand(context, terminal, { file })));
    });
}

function addStatus(upgrade: Command, terminal: Terminal, done: Done): void {
  withSharedOptions(upgrade.command('status').description('show a run, or the upgrade of the cluster'))
    .argument('[run]', 'name of a run over several clusters')
    .addOption(new Option('-o, --output <format>', 'how to show it').choices(UPGRADE_FORMATS).default('table'))
    .option('-w, --watch', 'show it again and again, until Ctrl-C')
    .action(async (run: string | undefined, options: StatusOptions) => {
      const { output: format, watch = false } = options;
      if (run !== undefined) {
        const { fleetStatusCommand } = await import('./fleet-command.ts');
        done(await inContext(options, (context) => fleetStatusCommand(context, terminal, { run, format, watch })));
        return;
      }
      const { statusCommand } = await import('./status-command.ts');
      done(await inContext(options, (context) => statusCommand(context, terminal, { format, watch })));
    });
}

function addSteer(upgrade: Command, steer: Steer, terminal: Terminal, done: Done): void {
  const command = withSharedOptions(upgrade.command(steer).description(STEERS[steer]))
    .argument('<run>', 'name of the run')
    .requiredOption('--reason <text>', 'why; it is in the report');
  const isOfNode = steer === 'skip' || steer === 'retry';
  command.option('--fleet', `of the run over several clusters${isOfNode ? ': the cluster --cluster, not a node' : ''}`);
  if (isOfNode) command.option('--node <name>', 'name of the node', nodeName);
  if (steer === 'pause') {
    command.addOption(
      new Option('--for <duration>', 'how long a pause lasts, at most 14d')
        .argParser(durationMs)
        .default(durationMs(PAUSE_DEFAULT), PAUSE_DEFAULT),
    );
  }
  command.action(async (run: string, options: SteerOptions) => {
    const { reason, for: pauseMs, node = null, fleet = false } = options;
    if (fleet) {
      const { fleetSteerCommand } = await import('./fleet-command.ts');
      done(
        await inContext(options, (context) => fleetSteerCommand(context, terminal, { run, steer, reason, pauseMs })),
      );
      return;
    }
    if (isOfNode && node === null) throw new CommandError(EXIT.usage, `upgrade ${steer}: name a node, or give --fleet`);
    const request = { run, steer, node, reason, pauseMs };
    const { steerCommand } = await import('./steer-command.ts');
    done(await inContext(options, (context) => steerCommand(context, terminal, request)));
  });
}

function addApproval(upgrade: Command, decision: ApprovalDecision, terminal: Terminal, done: Done): void {
  const about = `${decision} the plan of the cluster --cluster, as the user of the kubeconfig, or a stage of the run`;
  withKubeconfig(withSharedOptions(upgrade.command(decision).description(about)))
    .argument('<run>', 'name of the run')
    .option('--stage <name>', 'a stage of the run instead; who did it is shown as this command says')
    .option('--comment <text>', 'why, such as the number of a change', '')
    .addOption(
      new Option('--expires <duration>', 'after which it does not count any more, such as 24h').argParser(durationMs),
    )
    .action(async (run: string, options: ApproveOptions) => {
      const { stage = null, comment, expires: expiresMs = null } = options;
      const { approveCommand } = await import('./approve-command.ts');
      const request = { run, decision, stage, comment, expiresMs };
      done(await inContext(options, (context) => approveCommand(context, terminal, request)));
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
