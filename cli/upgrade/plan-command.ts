/** `vigilante upgrade plan`: each cluster's maintainer says what it would do, and what blocks it. */

import type { UpgradeFleetInput } from '../../contracts/upgrade/upgrade-fleet.ts';
import { clusterUpgradeOf } from '../../temporal/upgrade/clusters.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { renderPlan } from './render-plan.ts';
import { runOfDeployFile, runOfFile } from './run-file.ts';

export interface PlanCommand {
  readonly file: string | null;
  readonly conf: string | null;
}

/** A maintainer that takes no work for so long is named. */
const SURVEY_TIMEOUT_MS = 300_000;

export async function planCommand(
  context: CommandContext,
  terminal: Terminal,
  request: PlanCommand,
): Promise<ExitCode> {
  const input = inputOf(context, request);
  const client = await context.client();
  const { run, versions, parts, startedBy } = input;
  let code: ExitCode = EXIT.ok;
  for (const cluster of input.stages.flatMap(({ clusters }) => clusters)) {
    const asked = { cluster, run, versions, parts, startedBy, fleet: null };
    const surveyed = await clusterUpgradeOf(client, cluster).survey(asked, SURVEY_TIMEOUT_MS);
    if (surveyed === null) {
      terminal.write(`${cluster}: its maintainer takes no work\n`);
    } else {
      terminal.write(renderPlan(cluster, surveyed));
    }
    if (surveyed === null || surveyed.result.outcome === 'blocked') code = EXIT.conditionNotMet;
  }
  return code;
}

function inputOf({ config }: CommandContext, { file, conf }: PlanCommand): UpgradeFleetInput {
  if (conf !== null && file === null) return runOfDeployFile(conf, config.cluster);
  if (file !== null && conf === null) return runOfFile(file);
  throw new CommandError(EXIT.usage, 'upgrade plan: either a file of a run or --conf is needed');
}
