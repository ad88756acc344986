/** A process that starts a sandbox, names it and never stops it: for the test that kills it. */

import { startSandbox } from '../../sandbox/start-sandbox.ts';

const { layout } = await startSandbox({ report: () => {} });
process.stdout.write(`${JSON.stringify({ id: layout.id, folder: layout.folder })}\n`);
setInterval(() => {}, 60_000);
