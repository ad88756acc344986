/** The control groups of a sandbox's pods: a folder of its own in each hierarchy of the machine. */

import { access, mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../error-code.ts';

const ROOT = '/sys/fs/cgroup';
/** A group is busy until the kernel is done with the last process in it. */
const POLL_MS = 20;
const ROUNDS_MAX = 500;

export function cgroupOf(sandboxId: string): string {
  return `vigilante-${sandboxId}`;
}

export async function makeCgroups(sandboxId: string, node: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    await mkdir(join(hierarchy, cgroupOf(sandboxId), node), { recursive: true });
  }
}

/** Waits for the processes in them to end. */
export async function removeCgroups(sandboxId: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    const group = join(hierarchy, cgroupOf(sandboxId));
    for (let round = 0; !(await removed(group)); round += 1) {
      if (round === ROUNDS_MAX) throw new Error(`${group} stays busy`);
      await sleep(POLL_MS);
    }
  }
}

/** The groups below go first; their files go with them. */
async function removed(group: string): Promise<boolean> {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => null);
  if (entries === null) return true;
  for (const entry of entries) if (entry.isDirectory()) await removed(join(group, entry.name));
  try {
    await rmdir(group);
    return true;
  } catch (error) {
    return errorCode(error) === 'ENOENT';
  }
}

/** One with version 2, one for each controller with version 1, none on a machine without any. */
async function hierarchies(): Promise<readonly string[]> {
  const isUnified = await access(join(ROOT, 'cgroup.controllers')).then(
    () => true,
    () => false,
  );
  if (isUnified) return [ROOT];
  const entries = await readdir(ROOT, { withFileTypes: true }).catch(() => []);
  // The others are links to one that has several controllers.
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(ROOT, name));
}
