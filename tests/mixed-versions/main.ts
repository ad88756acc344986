/** `npm run mixed-versions`: no heal fails while two versions run side by side (E46). `--help` explains. */

import { committedCheckout } from '../chaos/checkouts.ts';
import { print, runCommand } from '../fixtures/suite-command.ts';
import { startMixedWorld } from './mixed-world.ts';
import { type AskedMix, mixedCommand, USAGE } from './options.ts';
import { newWorkerBesideOldStarter, oldWorkerBesideNewStarter } from './scenes.ts';

async function mix({ from, minutes }: AskedMix): Promise<number> {
  const old = await committedCheckout(from);
  try {
    const options = { lastsMs: minutes * 60_000, print };
    const violations: string[] = [];
    for (const scene of [oldWorkerBesideNewStarter, newWorkerBesideOldStarter]) {
      const world = await startMixedWorld(old.folder);
      try {
        violations.push(...(await scene(world, options)));
      } finally {
        await world.stop();
      }
    }
    for (const violation of violations) print(`VIOLATION: ${violation}`);
    print(`${violations.length} violations`);
    return violations.length === 0 ? 0 : 1;
  } finally {
    old.remove();
  }
}

process.exitCode = await runCommand(mixedCommand(process.argv.slice(2)), USAGE, mix);
