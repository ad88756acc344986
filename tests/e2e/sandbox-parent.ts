/** A process that starts a sandbox, names it and never stops it: for tests that kill it. With `echo`: one with an echo. */

import { startSandbox } from '../../sandbox/start-sandbox.ts';

const { layout } = await startSandbox({ report: () => {}, echo: process.argv[2] === 'echo' });
process.stdout.write(`${JSON.stringify({ id: layout.id, folder: layout.folder })}\n`);
setInterval(() => {}, 60_000);
