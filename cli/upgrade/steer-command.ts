/** `vigilante upgrade pause`, `resume`, `skip`, `retry` and `abort`, each for the upgrade of one cluster. */

import type { UpgradeClusterStatus } from '../../contracts/upgrade/cluster-status.ts';
import { assertNever } from '../../domain/assert-never.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import type { UpdateAnswer } from '../../temporal/perpetual.ts';
import { type ClusterUpgrade, clusterUpgradeOf } from '../../temporal/upgrade/clusters.ts';
import { claimedUser } from '../claimed-user.ts';
import type { CommandContext } from '../command-context.ts';
import { demandTaken } from '../demand-taken.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import type { Steer } from './formats.ts';

export interface SteerCommand {
  readonly run: string;
  readonly steer: Steer;
  /** Needed to skip and to retry. */
  readonly node: NodeName | null;
  readonly reason: string;
  /** How long a pause lasts. */
  readonly pauseMs: number;
}

export async function steerCommand(
  context: CommandContext,
  terminal: Terminal,
  request: SteerCommand,
): Promise<ExitCode> {
  const { cluster } = context.config;
  const { run, steer, node } = request;
  const upgrade = clusterUpgradeOf(await context.client(), cluster);
  await demandRun(upgrade, { cluster, run });
  demandTaken(await send(upgrade, request, terminal.nowMs()));
  terminal.write(`run ${run}, cluster ${cluster}: ${steer}${node === null ? '' : ` ${node}`}\n`);
  return EXIT.ok;
}

/** A decision about one run must not reach another one. */
export async function demandRun(
  upgrade: ClusterUpgrade,
  { cluster, run }: { readonly cluster: string; readonly run: string },
): Promise<UpgradeClusterStatus> {
  const answer = await upgrade.status();
  if (answer.kind === 'silent') throw new CommandError(EXIT.conditionNotMet, `no maintainer of ${cluster} answers`);
  if (answer.kind === 'not-running') throw new CommandError(EXIT.conditionNotMet, `no upgrade of ${cluster} runs`);
  const { run: found } = answer.status;
  if (found !== run) throw new CommandError(EXIT.conditionNotMet, `the upgrade of ${cluster} is of run ${found}`);
  return answer.status;
}

async function send(
  upgrade: ClusterUpgrade,
  { steer, node, reason, pauseMs }: SteerCommand,
  nowMs: number,
): Promise<UpdateAnswer<unknown>> {
  const who = { by: claimedUser(), reason };
  const ofNode = { ...who, node: node ?? '' };
  switch (steer) {
    case 'pause':
      return signalled(upgrade.pause({ ...who, untilMs: nowMs + pauseMs }));
    case 'resume':
      return signalled(upgrade.resume(who));
    case 'skip':
      return upgrade.skip(ofNode);
    case 'retry':
      return upgrade.retry(ofNode);
    case 'abort':
      return upgrade.abort(who);
    default:
      return assertNever(steer);
  }
}

async function signalled(taken: Promise<boolean>): Promise<UpdateAnswer<unknown>> {
  return (await taken) ? { kind: 'result', result: null } : { kind: 'refused', message: 'it has just ended' };
}
