/** What a sandbox with real nodes has on this machine: processes, namespaces, links, mounts, control groups. */

import { readdir, readFile, readlink } from 'node:fs/promises';
import { processesOf } from '../../sandbox/reap.ts';

const KINDS = ['net', 'mnt', 'uts', 'ipc', 'pid'] as const;
const CGROUPS = '/sys/fs/cgroup';

export interface Machine {
  readonly links: readonly string[];
  readonly mounts: readonly string[];
}

/** What all processes of this machine share. */
export async function machine(): Promise<Machine> {
  const links = (await readFile('/proc/net/dev', 'utf8')).split('\n').slice(2);
  return {
    links: links.map((line) => line.split(':')[0]?.trim() ?? '').toSorted(),
    mounts: (await readFile('/proc/self/mounts', 'utf8')).trim().split('\n').toSorted(),
  };
}

/** Namespaces of the sandbox, such as `net:[4026532281]`: those of its processes that this process is not in. */
export async function namespacesOf(sandboxId: string): Promise<readonly string[]> {
  const own = new Set(await namespacesOfProcess('self'));
  const all = await Promise.all((await processesOf(sandboxId)).map(namespacesOfProcess));
  return [...new Set(all.flat())].filter((namespace) => !own.has(namespace));
}

/** Those of them that any process of the machine is in. */
export async function inUse(namespaces: readonly string[]): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = new Set((await Promise.all(pids.map(namespacesOfProcess))).flat());
  return namespaces.filter((namespace) => all.has(namespace));
}

/** Folders named after the sandbox, in all hierarchies. */
export async function cgroupsOf(sandboxId: string): Promise<readonly string[]> {
  const found = await readdir(CGROUPS, { recursive: true }).catch(() => []);
  return found.filter((path) => path.endsWith(`/vigilante-${sandboxId}`) || path === `vigilante-${sandboxId}`);
}

async function namespacesOfProcess(pid: number | string): Promise<readonly string[]> {
  // A process that ended meanwhile is in none.
  return Promise.all(KINDS.map((kind) => readlink(`/proc/${pid}/ns/${kind}`))).catch(() => []);
}
