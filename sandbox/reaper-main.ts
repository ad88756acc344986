/** The watchdog's process: waits until its standard input closes, then ends the sandbox. See reaper.ts. */

import { reap, SPARE } from './reap.ts';

const [sandboxId, folder] = process.argv.slice(2);
if (sandboxId === undefined || folder === undefined) throw new Error('usage: reaper-main.ts SANDBOX_ID FOLDER');

// Ends with the pipe alone: a signal sent to the whole session must not leave the sandbox behind.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
let received = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => {
  received += chunk;
});
process.stdin.on('end', () => {
  if (received !== SPARE) void reap(sandboxId, folder);
});
