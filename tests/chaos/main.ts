/** `npm run chaos`: the proof of durability. `--help` explains. */

import { endOnSignal, print, runCommand } from '../fixtures/suite-command.ts';
import { hasBroken } from './finding-lines.ts';
import { fleetSummary } from './fleet/report.ts';
import { runFleetChaos } from './fleet/run-fleet.ts';
import { keepHistories } from './keep-histories.ts';
import { killEachStep } from './kill-each-step.ts';
import type { MaintainerStepsOptions, MaintainerStepsResult } from './kill-maintainer.ts';
import { killEachMaintenanceStep } from './maintenance/kill-each-step.ts';
import { proveMaintenanceBreak } from './maintenance/prove.ts';
import { maintenanceSummary } from './maintenance/report.ts';
import { runMaintenance } from './maintenance/run-maintenance.ts';
import { type AskedChaos, chaosCommand, USAGE } from './options.ts';
import { PROOF_HEADER, type Proof, proveBreak } from './prove.ts';
import { hasFailed, summary, violationReport } from './report.ts';
import { type ChaosOptions, runChaos } from './run-chaos.ts';
import { killEachUpgradeStep } from './upgrade/kill-each-step.ts';

const STEP_LANES = 10;
/** Each has an API server. */
const MAINTAINER_LANES = 4;

async function perform(command: AskedChaos): Promise<number> {
  switch (command.kind) {
    case 'prove':
      return proveAll(command.only, proveBreak);
    case 'prove-maintenance':
      return proveAll(command.only, proveMaintenanceBreak);
    case 'steps':
      return steps();
    case 'maintenance-steps':
      return maintainerSteps(killEachMaintenanceStep);
    case 'upgrade-steps':
      return maintainerSteps(killEachUpgradeStep);
    case 'maintenance':
      return maintenance(command);
    case 'upgrade':
      return upgrade(command.seed);
    default:
      return run({ ...command, calm: false, upgrade: true, print });
  }
}

async function proveAll<Name>(names: readonly Name[], prove: (name: Name) => Promise<Proof>): Promise<number> {
  print(PROOF_HEADER);
  let caught = 0;
  for (const name of names) {
    const proof = await prove(name);
    print(proof.line);
    if (proof.caught) caught += 1;
  }
  print(`${caught} of ${names.length} breaks caught`);
  return caught === names.length ? 0 : 1;
}

async function run(options: ChaosOptions): Promise<number> {
  const result = await runChaos(options);
  print(summary(result));
  if (!hasFailed(result.findings)) return 0;
  print(violationReport(result, options));
  print(`histories of the heals in question, and the log of the workers: ${await keepHistories(result)}`);
  return 1;
}

async function maintenance(options: Extract<AskedChaos, { kind: 'maintenance' }>): Promise<number> {
  const result = await runMaintenance({ ...options, print });
  print(maintenanceSummary(result, options));
  return hasBroken(result.findings) ? 1 : 0;
}

async function upgrade(seed: number): Promise<number> {
  const result = await runFleetChaos({ seed, print });
  print(fleetSummary(result, seed));
  return hasBroken(result.findings) ? 1 : 0;
}

async function maintainerSteps(
  killEach: (options: MaintainerStepsOptions) => Promise<MaintainerStepsResult>,
): Promise<number> {
  const startedMs = Date.now();
  const { kills, problems } = await killEach({ lanes: MAINTAINER_LANES, print });
  return tellSteps({ kills, problems, startedMs });
}

async function steps(): Promise<number> {
  const startedMs = Date.now();
  const { outcomes, problems } = await killEachStep({ lanes: STEP_LANES, print });
  return tellSteps({ kills: outcomes.filter(({ hit }) => hit).length, problems, startedMs });
}

function tellSteps({
  kills,
  problems,
  startedMs,
}: {
  readonly kills: number;
  readonly problems: readonly string[];
  readonly startedMs: number;
}): number {
  for (const problem of problems) print(`VIOLATION ${problem}`);
  print(`${kills} kills, ${problems.length} violations, ${Math.round((Date.now() - startedMs) / 1_000)} s`);
  return problems.length === 0 ? 0 : 1;
}

// The sandbox ends with this process; the copies of the checkout go in its last moment.
endOnSignal('the run ends without a judgement');
process.exitCode = await runCommand(chaosCommand(process.argv.slice(2)), USAGE, perform);
