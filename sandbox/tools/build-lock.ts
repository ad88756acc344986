/** Keeps two processes from building the same tool: a folder that only one of them can make. */

import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../error-code.ts';

const POLL_MS = 500;
/** A lock without an owner's name this long after it was made is left over: its maker died in between. */
const NAMELESS_LOCK_AGE_MAX_MS = 5_000;
/** Far above the longest build seen (four minutes on two cores). */
const WAIT_MAX_MS = 45 * 60_000;

/** Waits until the folder `path` can be made; the returned function removes it. */
export async function takeLock(path: string, onWait: (owner: string) => void): Promise<() => Promise<void>> {
  const deadlineMs = Date.now() + WAIT_MAX_MS;
  let isReported = false;
  while (Date.now() < deadlineMs) {
    if (await makeFolder(path)) {
      await writeFile(join(path, 'owner'), await identityOf(process.pid));
      return () => rm(path, { recursive: true, force: true });
    }
    const owner = await liveOwner(path);
    if (owner === null) {
      await rm(path, { recursive: true, force: true });
      continue;
    }
    if (!isReported) onWait(owner);
    isReported = true;
    await sleep(POLL_MS);
  }
  throw new Error(
    `${path} is still held by another build after ${WAIT_MAX_MS / 60_000} minutes; remove it and try again`,
  );
}

async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The owner's process id while it lives; null for a lock that was left over. */
async function liveOwner(path: string): Promise<string | null> {
  const owner = await readFile(join(path, 'owner'), 'utf8').catch(() => null);
  if (owner === null || owner === '') {
    const made = await stat(path).catch(() => null);
    const young = made !== null && Date.now() - made.mtimeMs < NAMELESS_LOCK_AGE_MAX_MS;
    return young ? 'another process' : null;
  }
  const pid = Number(owner.split(' ')[0]);
  return (await identityOf(pid)) === owner ? `process ${pid}` : null;
}

/** Process id and start time: an id alone is given to a new process some day. Empty when there is no such process. */
async function identityOf(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (status === null) return '';
  const afterName = status.slice(status.lastIndexOf(')') + 2).split(' ');
  return `${pid} ${afterName[19] ?? ''}`;
}
