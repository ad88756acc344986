/** `npm run hundred-heals`: no node is marked before its cure, and every one after it. `--help` explains. */

import { percentile } from '../../bench/result.ts';
import { realNodesProblem } from '../../sandbox/real-nodes/prerequisites.ts';
import { endOnSignal, print, runCommand } from '../fixtures/suite-command.ts';
import { healPlans } from './heal-plans.ts';
import { type AskedHeals, healsCommand, USAGE } from './options.ts';
import { proveBreak } from './prove.ts';
import { runHeals } from './run-heals.ts';

const UNAVAILABLE = 69;

async function heal(command: AskedHeals): Promise<number> {
  const problem = await realNodesProblem();
  if (problem !== null) {
    process.stderr.write(`${problem}\n`);
    return UNAVAILABLE;
  }
  if (command.kind === 'prove') {
    let noticed = 0;
    for (const name of command.only) {
      const violations = await proveBreak(name, print);
      print(`${name}: ${violations.length === 0 ? 'NOT NOTICED' : `noticed, ${violations.length} violations`}`);
      if (violations.length > 0) noticed += 1;
    }
    return noticed === command.only.length ? 0 : 1;
  }
  const { windowMs, finish } = command;
  const { heals, violations, toMarkMs } = await runHeals({ plans: healPlans(command), windowMs, finish, print });
  const seconds = (percent: number) => (percentile(toMarkMs, percent) / 1_000).toFixed(1);
  if (toMarkMs.length > 0)
    print(`from cure to mark: ${seconds(50)} s p50, ${seconds(99)} s p99, of ${toMarkMs.length}`);
  print(`${heals} heals, ${violations.length} violations`);
  return violations.length === 0 ? 0 : 1;
}

// The sandbox ends with this process; a copy of the checkout goes in its last moment.
endOnSignal('the run ends; --from goes on with it');
process.exitCode = await runCommand(healsCommand(process.argv.slice(2)), USAGE, heal);
