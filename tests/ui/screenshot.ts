/** `npm run screenshot`: takes the pictures of the README from the real Temporal UI with a running heal. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startComponents } from '../../sandbox/commands/components.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { findChromium, openBrowser } from './chromium.ts';
import { openCurrentDetails, shownHeal, untilPodsProved } from './shown-heal.ts';
import { TemporalUi } from './temporal-ui.ts';

const FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const VIEWPORT = { width: 1280, height: 840 };
const NODE = 'win-1';
/** Proven pods that the picture shall show at least. */
const PODS_PROVEN = 4;
/** `EX_UNAVAILABLE` of sysexits.h. */
const EXIT_UNAVAILABLE = 69;

async function main(): Promise<number> {
  const executable = await findChromium();
  if (executable === null) {
    process.stderr.write('chromium is not on the PATH; Debian: apt-get install chromium\n');
    return EXIT_UNAVAILABLE;
  }
  const sandbox = await startSandbox({ vigilante: { healing: { window: '5m', interval: '10s' } } });
  try {
    await startComponents(sandbox);
    for (const node of [NODE, 'win-2', 'win-3']) await sandbox.addNode(node);
    await takePictures(sandbox, executable);
    return 0;
  } finally {
    await sandbox.stop();
  }
}

async function takePictures(sandbox: Sandbox, executable: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const heal = await shownHeal(sandbox, NODE);
  const browser = await openBrowser(executable, VIEWPORT);
  const ui = new TemporalUi(browser.page, sandbox.env.TEMPORAL_UI_URL);
  try {
    await untilPodsProved(heal, PODS_PROVEN);
    const details = await openCurrentDetails(ui, heal);
    process.stdout.write(`the page says: ${details}\n`);
    await browser.page.screenshot({ path: join(FOLDER, 'temporal-ui.png') });
    await ui.openHistory(await heal.run());
    await browser.page.getByText('attemptPod').first().waitFor();
    await browser.page.screenshot({ path: join(FOLDER, 'temporal-ui-history.png') });
    process.stdout.write('wrote docs/images/temporal-ui.png and docs/images/temporal-ui-history.png\n');
  } finally {
    await browser.close();
    await heal.close();
  }
}

process.exit(await main());
