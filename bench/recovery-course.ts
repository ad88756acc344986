/** How soon heals go on under another worker, and what that costs. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { TemporalServer } from '../tests/integration/runtime/temporal-server.ts';
import { useOfProcess } from './processes.ts';
import type { RecoveryWorker } from './recovery-worker.ts';

const RECOVERY_TIMEOUT_MS = 180_000;
const POLL_MS = 250;
const MS_PER_S = 1_000;

interface Moment {
  readonly atMs: number;
  readonly workerCpuMs: number;
  readonly temporalCpuMs: number;
}

export async function untilAllWentOn(
  worker: RecoveryWorker,
  { heals, server }: { readonly heals: number; readonly server: TemporalServer },
): Promise<Record<string, string | number>> {
  const startedMs = Date.now();
  const read = async (): Promise<Moment> => ({
    atMs: Date.now() - startedMs,
    workerCpuMs: (await useOfProcess(worker.pid)).cpuMs,
    temporalCpuMs: (await useOfProcess(server.pid)).cpuMs,
  });
  const before = await read();
  await worker.ready;
  const ready = await read();
  const untilMs = startedMs + RECOVERY_TIMEOUT_MS;
  const half = await momentOf(() => worker.wentOnMs.size >= heals / 2, { read, untilMs });
  const all = await momentOf(() => worker.wentOnMs.size >= heals, { read, untilMs });
  return {
    'worker ready after s': seconds(ready.atMs),
    ...columnsOf('half went on', half, before),
    ...columnsOf('all', all, before),
    'went on': worker.wentOnMs.size,
    'worker CPU ms a heal': all === null ? '' : Math.round((all.workerCpuMs - ready.workerCpuMs) / heals),
  };
}

/** Null where it does not come in time. */
async function momentOf(
  isReached: () => boolean,
  { read, untilMs }: { readonly read: () => Promise<Moment>; readonly untilMs: number },
): Promise<Moment | null> {
  while (!isReached()) {
    if (Date.now() > untilMs) return null;
    await sleep(POLL_MS);
  }
  return read();
}

function columnsOf(what: string, moment: Moment | null, before: Moment): Record<string, string | number> {
  const of = (value: (moment: Moment) => number) =>
    moment === null ? 'never' : seconds(value(moment) - value(before));
  return {
    [`${what} after s`]: of(({ atMs }) => atMs),
    [`${what}: CPU s, worker / Temporal`]: `${of(({ workerCpuMs }) => workerCpuMs)} / ${of(({ temporalCpuMs }) => temporalCpuMs)}`,
  };
}

function seconds(ms: number): string {
  return (ms / MS_PER_S).toFixed(1);
}
