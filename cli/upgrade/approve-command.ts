/** `vigilante upgrade approve` and `reject`: of the plan of one cluster in that cluster, or of a stage in the run. */

import type { ApprovalDecision } from '../../domain/upgrade/approvals.ts';
import { clusterUpgradeOf } from '../../temporal/upgrade/clusters.ts';
import { fleetRunOf } from '../../temporal/upgrade/fleets.ts';
import { claimedUser } from '../claimed-user.ts';
import type { CommandContext } from '../command-context.ts';
import { demandTaken } from '../demand-taken.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { demandRun } from './steer-command.ts';

export interface ApproveCommand {
  readonly run: string;
  readonly decision: ApprovalDecision;
  /** Null: of the cluster. */
  readonly stage: string | null;
  readonly comment: string;
  /** Of an approval in a cluster; null: it does not expire. */
  readonly expiresMs: number | null;
}

const NO_COMMENT = 'no comment';

export async function approveCommand(
  context: CommandContext,
  terminal: Terminal,
  request: ApproveCommand,
): Promise<ExitCode> {
  const { run, decision, stage, comment } = request;
  if (stage === null) return inCluster(context, terminal, request);
  const reason = comment === '' ? NO_COMMENT : comment;
  const fleet = fleetRunOf(await context.client(), run);
  demandTaken(await fleet.decideStage({ stage, decision, by: claimedUser(), reason }));
  terminal.write(`run ${run}, stage ${stage}: ${decision} by ${claimedUser()}, as this command says\n`);
  return EXIT.ok;
}

/** The API server writes down who it was; the plan is the one that the cluster's upgrade waits with now. */
async function inCluster(
  context: CommandContext,
  terminal: Terminal,
  { run, decision, comment, expiresMs }: ApproveCommand,
): Promise<ExitCode> {
  const { cluster } = context.config;
  const { planDigest } = await demandRun(clusterUpgradeOf(await context.client(), cluster), { cluster, run });
  const approvals = await context.approvals();
  const notAfterMs = expiresMs === null ? null : terminal.nowMs() + expiresMs;
  const { by } = await approvals.create({ run, planDigest, decision, comment, notAfterMs });
  terminal.write(`run ${run}, cluster ${cluster}: ${decision} of the plan ${planDigest} by ${by}\n`);
  return EXIT.ok;
}
