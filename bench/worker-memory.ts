/** `worker-memory`: what heals take in the memory of a worker, from their first attempt to the end of their window. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, type WorkflowHandle } from '@temporalio/client';
import type { HealingPolicy, HealingStatus } from '../contracts/heal-node.ts';
import { healingStatus } from '../contracts/heal-node-messages.ts';
import { askWorkflow } from '../runtime/ask-workflow.ts';
import { waitUntil } from '../sandbox/wait-until.ts';
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
    const handles = await startHeals(client, heals, intervalSeconds * 1_000);
    const sample = handles.at(-1);
    if (sample === undefined) throw new Error('no heal was started');
    for (let step = 1; step <= STEPS; step += 1) {
      const target = Math.round((attempts * step) / STEPS);
      await untilAttempts(sample, target, attempts * intervalSeconds * 1_000 * 4);
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

/** One after the other, which spreads them; the last one to begin is the last one to get anywhere. */
async function startHeals(client: Client, count: number, intervalMs: number): Promise<WorkflowHandle[]> {
  const policy: HealingPolicy = {
    windowMs: 24 * 3_600_000,
    intervalMs,
    errorBudget: 10,
    evidence: 'sandbox',
    provenPodsMin: 3,
    retryAfterMs: 3_600_000,
    searchAttributes: true,
  };
  const handles: WorkflowHandle[] = [];
  for (let index = 0; index < count; index += 1) {
    handles.push(await startHeal(client, { cluster: CLUSTER, node: `win-${index}`, policy }));
  }
  return handles;
}

async function untilAttempts(handle: WorkflowHandle, count: number, timeoutMs: number): Promise<void> {
  const isThere = async () => {
    const { attempts } = await askWorkflow(() => handle.query<HealingStatus>(healingStatus));
    return attempts >= count;
  };
  await waitUntil(isThere, { what: `attempt ${count}`, timeoutMs, pollMs: POLL_MS });
}
