/** `npm run mixed-versions`: no heal fails while two versions run side by side (E46). `--help` explains. */

import { committedCheckout } from '../chaos/checkouts.ts';
import { mixedCommand, USAGE } from './options.ts';
import { newWorkerBesideOldStarter, oldWorkerBesideNewStarter } from './scenes.ts';

const WRONG_ARGUMENTS = 64;

const print = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const command = mixedCommand(process.argv.slice(2));
  if (command.kind === 'help') {
    print(USAGE);
    return 0;
  }
  if (command.kind === 'wrong') {
    process.stderr.write(`${command.problem}\n\n${USAGE}`);
    return WRONG_ARGUMENTS;
  }
  const old = await committedCheckout(command.from);
  try {
    const options = { checkout: old.folder, lastsMs: command.minutes * 60_000, print };
    const violations = [...(await oldWorkerBesideNewStarter(options)), ...(await newWorkerBesideOldStarter(options))];
    for (const violation of violations) print(`VIOLATION: ${violation}`);
    print(`${violations.length} violations`);
    return violations.length === 0 ? 0 : 1;
  } finally {
    old.remove();
  }
}

process.exitCode = await main();
