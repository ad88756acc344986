/** `worker-recovery`: how soon heals go on after their worker was killed in the middle of their windows. */

import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from '@temporalio/client';
import { healNodeWorkflowId } from '../contracts/healing/names.ts';
import { waitUntil } from '../sandbox/wait-until.ts';
import { nodeName } from '../tests/fixtures/nodes.ts';
import { REAL_POLICY } from '../tests/integration/heal-node/harness.ts';
import { connectTo, startTemporalServer } from '../tests/integration/runtime/temporal-server.ts';
import { startHeal } from '../tests/integration/worker/started-heal.ts';
import type { Pace } from './paced-clock.ts';
import { untilAllWentOn } from './recovery-course.ts';
import { type RecoveryWorker, startWorker } from './recovery-worker.ts';
import { type BenchResult, UsageError, wholeNumber } from './result.ts';

const INTERVAL_MS = REAL_POLICY.intervalMs;
/** The longest that a heal takes, and longer than any run: only attempts are made. */
const WINDOW_MS = 24 * 3_600_000;
/** What a Temporal and a worker on two cores make beside each other. */
const FAST_ATTEMPTS_PER_SECOND = 60;
const FACTOR_MAX = 30;
/** The fast clock ends this long after that was decided, since the worker has to know it before. */
const NOTICE_MS = 2_000;
/** From then to the kill every heal has a timer of the real interval. */
const STEADY_MS = 1.2 * INTERVAL_MS;
const HISTORIES_TIMEOUT_MS = 3_600_000;
const POLL_MS = 250;
const SAMPLE = 20;
const MS_PER_S = 1_000;

export async function workerRecovery(args: readonly string[]): Promise<BenchResult> {
  const { heals, attempts, settings } = optionsOf(args);
  const rows: Record<string, string | number>[] = [];
  for (const count of heals) rows.push(await recovery(count, { attempts, settings }));
  const set = Object.keys(settings).length === 0 ? '' : `, ${JSON.stringify(settings)}`;
  const title = `an attempt of each heal every ${INTERVAL_MS / MS_PER_S} s, their worker killed and another started${set}`;
  return { title: `${title}; activities answered from memory`, rows };
}

function optionsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      heals: { type: 'string', default: '100,1000' },
      attempts: { type: 'string', default: '33' },
      /** A key of the part `worker` of the configuration, as `workflowTasksMax=4`; may be given several times. */
      set: { type: 'string', multiple: true, default: [] },
    },
  });
  const settings = values.set.map((text) => {
    const [, key, value] = /^(\w+)=(\d+)$/.exec(text) ?? [];
    if (key === undefined) throw new UsageError(`--set ${text} is not of the form workflowTasksMax=4`);
    return [key, Number(value)] as const;
  });
  return {
    heals: values.heals.split(',').map((text) => wholeNumber('--heals', text, { min: 2, max: 5_000 })),
    attempts: wholeNumber('--attempts', values.attempts, { min: 2, max: 1_000 }),
    settings: Object.fromEntries(settings),
  };
}

interface RecoveryOptions {
  readonly attempts: number;
  readonly settings: Readonly<Record<string, number>>;
}

async function recovery(heals: number, options: RecoveryOptions): Promise<Record<string, string | number>> {
  const server = await startTemporalServer();
  const connection = await connectTo(server.profile, { searchAttributes: true });
  const client = new Client({ connection });
  const cluster = `recovery-${heals}`;
  const startWorkerHere = (pace: Pace) =>
    startWorker({ address: server.profile.address, cluster, settings: options.settings, pace });
  const workers: RecoveryWorker[] = [];
  try {
    const factor = Math.max(1, Math.min(FACTOR_MAX, (FAST_ATTEMPTS_PER_SECOND * INTERVAL_MS) / MS_PER_S / heals));
    const fast = { startMs: Date.now(), factor, endMs: null };
    const first = startWorkerHere(fast);
    workers.push(first);
    await first.ready;
    report(`making ${options.attempts} attempts of ${heals} heals…`);
    await startHeals(client, { cluster, heals, overMs: INTERVAL_MS / factor });
    const slow = await endFastClock(first, fast, { heals, attempts: options.attempts });
    await sleep(NOTICE_MS + STEADY_MS);
    const events = await eventsOf(client, { cluster, heals });
    report(`histories of ${events} events are there; the worker is killed`);
    await sleep(NOTICE_MS);
    await first.kill();
    const second = startWorkerHere(slow);
    workers.push(second);
    return { heals, 'events of each': events, ...(await untilAllWentOn(second, { heals, server })) };
  } finally {
    for (const worker of workers) await worker.kill();
    await connection.close();
    await server.stop();
  }
}

/** Evenly over an interval, which is how their attempts are then due. */
async function startHeals(
  client: Client,
  { cluster, heals, overMs }: { readonly cluster: string; readonly heals: number; readonly overMs: number },
): Promise<void> {
  const policy = { ...REAL_POLICY, windowMs: WINDOW_MS };
  const startMs = Date.now();
  const starting = Array.from({ length: heals }, async (_, index) => {
    await sleep(Math.max(0, startMs + (index / heals) * overMs - Date.now()));
    await startHeal(client, { cluster, node: nodeName(`win-${index}`), policy });
  });
  await Promise.all(starting);
}

/** When all heals have almost made their attempts the fast clock ends; returns when. */
async function endFastClock(
  worker: RecoveryWorker,
  fast: Pace,
  { heals, attempts }: { readonly heals: number; readonly attempts: number },
): Promise<Pace> {
  const slowest = () => (worker.attempts.size < heals ? 0 : Math.min(...worker.attempts.values()));
  await waitUntil(() => slowest() >= attempts - 1, {
    what: `attempt ${attempts - 1} of each heal`,
    timeoutMs: HISTORIES_TIMEOUT_MS,
    pollMs: POLL_MS,
  });
  const slow = { ...fast, endMs: Date.now() + NOTICE_MS };
  worker.send(slow);
  return slow;
}

async function eventsOf(client: Client, { cluster, heals }: { cluster: string; heals: number }): Promise<number> {
  const indices = Array.from({ length: SAMPLE }, (_, index) => Math.floor((index * heals) / SAMPLE));
  const lengths = await Promise.all(
    indices.map(async (index) => {
      const id = healNodeWorkflowId({ cluster, node: nodeName(`win-${index}`) });
      return (await client.workflow.getHandle(id).describe()).historyLength;
    }),
  );
  return Math.round(lengths.reduce((sum, length) => sum + length, 0) / lengths.length);
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
