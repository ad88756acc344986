/** A process that starts a sandbox with a real node, names it and never stops it: for the test that kills it. */

import { startSandbox } from '../../sandbox/start-sandbox.ts';

const { layout } = await startSandbox({ report: () => {}, realNodes: { count: 1 } });
process.stdout.write(`${JSON.stringify(layout)}\n`);
setInterval(() => {}, 60_000);
