/** `vigilante upgrade status RUN`, and the decisions with `--fleet`: about a run over several clusters. */

import { assertNever } from '../../domain/assert-never.ts';
import type { UpdateAnswer } from '../../temporal/perpetual.ts';
import { type FleetRun, fleetRunOf } from '../../temporal/upgrade/fleets.ts';
import { claimedUser } from '../claimed-user.ts';
import type { CommandContext } from '../command-context.ts';
import { demandTaken } from '../demand-taken.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { type Look, showLooks } from '../watch-text.ts';
import type { Steer, UpgradeFormat } from './formats.ts';
import { renderFleet, renderFleetResult } from './render-fleet.ts';

export interface FleetSteerCommand {
  readonly run: string;
  readonly steer: Steer;
  readonly reason: string;
  /** How long a pause lasts. */
  readonly pauseMs: number;
}

export async function fleetSteerCommand(
  context: CommandContext,
  terminal: Terminal,
  request: FleetSteerCommand,
): Promise<ExitCode> {
  const { run, steer } = request;
  const { cluster } = context.config;
  const fleet = fleetRunOf(await context.client(), run);
  const answer = await send(fleet, { ...request, cluster }, terminal.nowMs());
  if (answer.kind === 'silent') throw new CommandError(EXIT.conditionNotMet, `no fleet process answers for run ${run}`);
  demandTaken(answer);
  terminal.write(`run ${run}: ${steer}${steer === 'skip' || steer === 'retry' ? ` ${cluster}` : ''}\n`);
  return EXIT.ok;
}

async function send(
  fleet: FleetRun,
  { steer, reason, pauseMs, cluster, run }: FleetSteerCommand & { readonly cluster: string },
  nowMs: number,
): Promise<UpdateAnswer<unknown>> {
  const who = { by: claimedUser(), reason };
  const signalled = async (taken: Promise<boolean>): Promise<UpdateAnswer<unknown>> =>
    (await taken) ? { kind: 'result', result: null } : { kind: 'refused', message: `no run ${run} is under way` };
  switch (steer) {
    case 'pause':
      return signalled(fleet.pause({ ...who, untilMs: nowMs + pauseMs }));
    case 'resume':
      return signalled(fleet.resume(who));
    case 'skip':
      return fleet.skip({ ...who, cluster });
    case 'retry':
      return fleet.retry({ ...who, cluster });
    case 'abort':
      return fleet.abort(who);
    default:
      return assertNever(steer);
  }
}

export interface FleetStatusCommand {
  readonly run: string;
  readonly format: UpgradeFormat;
  readonly watch: boolean;
}

export async function fleetStatusCommand(
  context: CommandContext,
  terminal: Terminal,
  { run, format, watch }: FleetStatusCommand,
): Promise<ExitCode> {
  const fleet = fleetRunOf(await context.client(), run);
  const lookNow = () => look(fleet, { run, format, nowMs: terminal.nowMs() });
  return showLooks(terminal, lookNow, watch);
}

async function look(
  fleet: FleetRun,
  { run, format, nowMs }: Omit<FleetStatusCommand, 'watch'> & { readonly nowMs: number },
): Promise<Look> {
  const answer = await fleet.status();
  if (answer.kind === 'status') {
    const { status } = answer;
    const problem = status.state === 'halted' ? `halted: ${status.waitsFor[0] ?? ''}` : null;
    return { text: renderFleet(status, { format, nowMs }), problem };
  }
  if (answer.kind === 'not-running' && answer.closedAs === 'completed') return lookAtEnd(fleet, { run, format });
  const running = answer.kind === 'silent';
  const problem = running
    ? `run ${run} does not answer (is vigilante fleet running?)`
    : `no run ${run} is under way${answer.closedAs === null ? '' : `; the last one is ${answer.closedAs}`}`;
  // A script that reads JSON gets some in any case.
  return { text: format === 'json' ? `${JSON.stringify({ run, running, problem }, null, 2)}\n` : '', problem };
}

async function lookAtEnd(fleet: FleetRun, { run, format }: Pick<FleetStatusCommand, 'run' | 'format'>): Promise<Look> {
  const result = await fleet.result();
  const { outcome, detail } = result;
  const problem = outcome === 'done' ? null : `run ${run} ended ${outcome}: ${detail}`;
  const text =
    format === 'json'
      ? `${JSON.stringify({ run, running: false, problem, ...result }, null, 2)}\n`
      : renderFleetResult(run, result);
  return { text, problem };
}
