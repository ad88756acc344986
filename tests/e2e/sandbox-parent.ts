/** A process that starts a sandbox, names it and never stops it: for tests that kill it. */

import { startSandbox } from '../../sandbox/start-sandbox.ts';

const [kind] = process.argv.slice(2);
const { layout } = await startSandbox({
  report: () => {},
  echo: kind === 'echo',
  ...(kind === 'real-node' ? { realNodes: { count: 1 } } : {}),
});
process.stdout.write(`${JSON.stringify(layout)}\n`);
setInterval(() => {}, 60_000);
