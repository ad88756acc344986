/** Ends every process of a sandbox, whoever started it: they all carry the sandbox's id in their environment. */

import { readdir, readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from './error-code.ts';
import { removeCgroups } from './real-nodes/cgroups.ts';

export const SANDBOX_ID_VARIABLE = 'VIGILANTE_SANDBOX_ID';

/** Sent to the watchdog of a sandbox that outlives its parent. */
export const SPARE = 'spare';

const POLL_MS = 20;
/** A process in an uninterruptible wait can outlive a kill for a while. */
const ROUNDS_MAX = 500;

/** Process ids of the sandbox, from `/proc/<pid>/environ`. */
export async function processesOf(sandboxId: string): Promise<number[]> {
  const mark = `${SANDBOX_ID_VARIABLE}=${sandboxId}`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) {
    // Unreadable: it ended meanwhile, or belongs to another user. A zombie's environment reads as empty.
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(mark)) found.push(pid);
  }
  return found;
}

/**
 * Kills all processes of the sandbox and removes its folder. Namespaces, links and mounts of real nodes go with the
 * processes; their control groups do not.
 */
export async function reap(sandboxId: string, folder: string): Promise<void> {
  for (let round = 0; ; round += 1) {
    const pids = await processesOf(sandboxId);
    if (pids.length === 0) break;
    if (round === ROUNDS_MAX) throw new Error(`processes ${pids.join(', ')} of sandbox ${sandboxId} do not end`);
    for (const pid of pids) killIfThere(pid);
    await sleep(POLL_MS);
  }
  await removeCgroups(sandboxId);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
