/** `worker-memory`: what heals take in the memory of a worker, from their first attempt to the end of their window. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { healingStatus } from '../contracts/healing/signals-and-queries.ts';
import { waitUntil } from '../sandbox/wait-until.ts';
import { askWorkflow } from '../temporal/ask-workflow.ts';
import { REAL_POLICY } from '../tests/integration/heal-node/harness.ts';
import { connectTo, startTemporalServer } from '../tests/integration/runtime/temporal-server.ts';
import { startHeal } from '../tests/integration/worker/started-heal.ts';
import { useOfProcess } from './processes.ts';
import { type BenchResult, wholeNumber } from './result.ts';

const CLUSTER = 'memory';
const CHILD = fileURLToPath(new URL('worker-memory-child.ts', import.meta.url));
/** As `bin/vigilante` starts a worker. */
const NODE_FLAGS = ['--max-semi-space-size=4', '--no-warnings'];
/** Attempts at which the memory is read. */
const STEPS = 4;
const POLL_MS = 500;
/** Longer than any run: only attempts are made. */
const WINDOW_MS = 24 * 3_600_000;

export async function workerMemory(args: readonly string[]): Promise<BenchResult> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      heals: { type: 'string', default: '160' },
      interval: { type: 'string', default: '5' },
      attempts: { type: 'string', default: '60' },
    },
  });
  const heals = wholeNumber('--heals', values.heals, { min: 1, max: 5_000 });
  const intervalSeconds = wholeNumber('--interval', values.interval, { min: 1, max: 60 });
  const attempts = wholeNumber('--attempts', values.attempts, { min: STEPS, max: 1_000 });
  const server = await startTemporalServer();
  const connection = await connectTo(server.profile, { searchAttributes: true });
  const child = fork(CHILD, [server.profile.address, CLUSTER, String(heals)], {
    execArgv: NODE_FLAGS,
    env: { ...process.env, MALLOC_ARENA_MAX: '2' },
  });
  try {
    await once(child, 'message');
    const rssMb = async () => (await useOfProcess(child.pid ?? 0)).rssMb;
    const rows: Record<string, string | number>[] = [{ 'attempts of each heal': 0, 'worker MB': await rssMb() }];
    const client = new Client({ connection });
    const last = await startHeals(client, heals, intervalSeconds * 1_000);
    for (let step = 1; step <= STEPS; step += 1) {
      const target = Math.round((attempts * step) / STEPS);
      await untilAttempts(last, target, attempts * intervalSeconds * 1_000 * 4);
      rows.push({ 'attempts of each heal': target, 'worker MB': await rssMb() });
    }
    const title = `${heals} heals in one worker, an attempt every ${intervalSeconds} s; activities answered from memory`;
    return { title, rows };
  } finally {
    child.kill('SIGKILL');
    await connection.close();
    await server.stop();
  }
}

/** One after the other, which spreads them. Returns the last one: it is the last to get anywhere. */
async function startHeals(client: Client, count: number, intervalMs: number): Promise<WorkflowHandle> {
  const policy = { ...REAL_POLICY, windowMs: WINDOW_MS, intervalMs };
  const start = (index: number) => startHeal(client, { cluster: CLUSTER, node: `win-${index}`, policy });
  let last = await start(0);
  for (let index = 1; index < count; index += 1) last = await start(index);
  return last;
}

async function untilAttempts(handle: WorkflowHandle, count: number, timeoutMs: number): Promise<void> {
  const isThere = async () => {
    const { attempts } = await askWorkflow(() => handle.query(healingStatus));
    return attempts >= count;
  };
  await waitUntil(isThere, { what: `attempt ${count}`, timeoutMs, pollMs: POLL_MS });
}
