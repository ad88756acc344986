/** `vigilante maintenance`, and its actions `pause` and `resume`. */

import { type MaintenanceGuard, maintenanceGuardOf } from '../../temporal/maintenance/guard.ts';
import { claimedUser } from '../claimed-user.ts';
import type { CommandContext } from '../command-context.ts';
import { demandTaken } from '../demand-taken.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { type Look, showLooks } from '../watch-text.ts';
import { type MaintenanceFormat, maintenanceProblem, renderMaintenance } from './render.ts';

export interface MaintenanceCommand {
  readonly action: 'status' | 'pause' | 'resume';
  readonly format: MaintenanceFormat;
  readonly watch: boolean;
  /** Mandatory for pause and resume. */
  readonly reason: string | null;
  /** How long a pause lasts. */
  readonly pauseMs: number;
}

export async function maintenanceCommand(
  context: CommandContext,
  terminal: Terminal,
  request: MaintenanceCommand,
): Promise<ExitCode> {
  const { cluster } = context.config;
  const guard = maintenanceGuardOf(await context.client(), cluster);
  if (request.action !== 'status') return steer(guard, terminal, { ...request, action: request.action, cluster });
  const lookNow = () => look(guard, { cluster, format: request.format, nowMs: terminal.nowMs() });
  return showLooks(terminal, lookNow, request.watch);
}

async function look(
  guard: MaintenanceGuard,
  { cluster, format, nowMs }: { readonly cluster: string; readonly format: MaintenanceFormat; readonly nowMs: number },
): Promise<Look> {
  const answer = await guard.status();
  if (answer.kind === 'status') {
    const { status } = answer;
    return { text: renderMaintenance(status, { format, nowMs }), problem: maintenanceProblem(status) };
  }
  const running = answer.kind === 'silent';
  const problem = running
    ? `the guard of cluster ${cluster} does not answer (is the maintainer running?)`
    : `no guard of cluster ${cluster} runs; check that the starter runs and that maintenance.enabled is true`;
  // A script that reads JSON gets some in any case.
  const text = format === 'json' ? `${JSON.stringify({ cluster, running, problem }, null, 2)}\n` : '';
  return { text, problem };
}

async function steer(
  guard: MaintenanceGuard,
  terminal: Terminal,
  request: MaintenanceCommand & { readonly action: 'pause' | 'resume'; readonly cluster: string },
): Promise<ExitCode> {
  const { action, reason, cluster, pauseMs } = request;
  if (reason === null) throw new CommandError(EXIT.usage, `maintenance ${action}: --reason is needed`);
  const who = { by: claimedUser(), reason };
  const untilMs = terminal.nowMs() + pauseMs;
  const answer = action === 'pause' ? await guard.pause({ ...who, untilMs }) : await guard.resume(who);
  demandTaken(answer);
  terminal.write(
    action === 'pause'
      ? `maintenance of cluster ${cluster} is paused until ${new Date(untilMs).toISOString()}; what has begun is finished\n`
      : `maintenance of cluster ${cluster} goes on\n`,
  );
  return EXIT.ok;
}
