/**
 * `npm run fuzz:echo [-- --requests 100000] [--seed N]`: odd bytes against a real echo. Prints the answers by status, and
 * the memory of the process. Ends with 1 where an answer was 500 or more, or the echo answers no more.
 */

import { parseArgs } from 'node:util';
import { echoProcesses, statusOf } from './echo-process.ts';
import { fuzzEcho } from './fuzz-echo.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const PROGRESS_EVERY = 10_000;
const seed = Number(values.seed);
const processes = await echoProcesses();
try {
  const echo = await processes.start({ config: { requestsPerSecond: 100_000 } });
  const onBatch = (sent: number) => {
    if (sent % PROGRESS_EVERY === 0) process.stderr.write(`${sent} requests\n`);
  };
  const { answers, memory } = await fuzzEcho(echo, { cases: Number(values.requests), seed, onBatch });
  const byStatus = [...answers].toSorted(([one], [other]) => one - other);
  process.stdout.write(`${values.requests} requests, seed ${seed}\n`);
  for (const [status, count] of byStatus) process.stdout.write(`  ${status === 0 ? 'no answer' : status}: ${count}\n`);
  process.stdout.write(`memory: ${memory.before} MB before, ${memory.after} MB after, ${memory.peak} MB at most\n`);
  const lives = (await statusOf(`${echo.url}?nonce=a`)) === 200;
  if (!lives || byStatus.some(([status]) => status >= 500)) process.exitCode = 1;
} finally {
  await processes.stop();
}
