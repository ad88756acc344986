/** `npm run hundred-heals`: no node is marked before its cure, and every one after it. `--help` explains. */

import { realNodesProblem } from '../../sandbox/real-nodes/prerequisites.ts';
import { healPlans } from './heal-plans.ts';
import { healsCommand, USAGE } from './options.ts';
import { proveBreak } from './prove.ts';
import { runHeals } from './run-heals.ts';

const WRONG_ARGUMENTS = 64;
const UNAVAILABLE = 69;
const INTERRUPTED = 130;

const print = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const command = healsCommand(process.argv.slice(2));
  if (command.kind === 'help') {
    print(USAGE);
    return 0;
  }
  if (command.kind === 'wrong') {
    process.stderr.write(`${command.problem}\n\n${USAGE}`);
    return WRONG_ARGUMENTS;
  }
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
  const { windowMs } = command;
  const { heals, violations } = await runHeals({ plans: healPlans(command), windowMs, print });
  print(`${heals} heals, ${violations.length} violations`);
  return violations.length === 0 ? 0 : 1;
}

// The sandbox ends with this process; a copy of the checkout goes in its last moment.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.stderr.write(`${signal}: the run ends; --from goes on with it\n`);
    process.exit(INTERRUPTED);
  });
}
process.exitCode = await main();
