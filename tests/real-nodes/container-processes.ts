/** Real processes, each in a cgroup as a kubelet makes one for a container, with the privileges that a test wants. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { waitUntil } from '../../sandbox/wait-until.ts';

const ROOT = '/sys/fs/cgroup';
const PODS = 'kubepods';
const POD = `${PODS}/burstable/pod1b4e28ba-2fa1-11d2-883f-0016d3cca427`;
const UNTIL = { timeoutMs: 20_000, pollMs: 20 };

export interface ContainerProcesses {
  /** `script` is run by a shell in the cgroup of the container, and ends in `exec`. */
  start(container: string, script: string): Promise<void>;
  /** The same in a user namespace of its own, with this map of ids, as in `uid_map`. */
  startMapped(container: string, options: { readonly script: string; readonly map: string }): Promise<void>;
  /** Ends all of them and removes their cgroups. */
  end(): Promise<void>;
}

export async function createContainerProcesses(): Promise<ContainerProcesses> {
  const root = await hierarchy();
  const children: ChildProcess[] = [];
  const groups = new Set<string>();

  async function run(command: string, ...args: readonly string[]): Promise<ChildProcess> {
    const child = spawn(command, args, { stdio: ['pipe', 'inherit', 'inherit'] });
    await once(child, 'spawn');
    children.push(child);
    return child;
  }

  async function start(container: string, script: string): Promise<void> {
    const group = join(root, POD, container);
    await mkdir(group, { recursive: true });
    groups.add(group);
    // Waits until it is in its cgroup.
    const child = await run('sh', '-ec', `read -r go; ${script}`);
    await writeFile(join(group, 'cgroup.procs'), String(child.pid));
    child.stdin?.end('go\n');
  }

  return {
    start,
    async startMapped(container, { script, map }) {
      // Only holds the namespace: a process that runs a program before it has a map loses its rights in it.
      const { pid } = await run('unshare', '--user', 'sleep', '600');
      await waitUntil(() => isDone(writeFile(`/proc/${pid}/uid_map`, map)), { what: 'the user namespace', ...UNTIL });
      await writeFile(`/proc/${pid}/gid_map`, map);
      await start(container, `exec nsenter --user --target ${pid} sh -ec '${script}'`);
    },
    async end() {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      for (const group of groups) {
        await waitUntil(() => isDone(rmdir(group)), { what: `${group} to be empty`, ...UNTIL });
      }
      // Where a kubelet has pods of its own these stay.
      for (const folder of [POD, `${PODS}/burstable`, PODS]) await isDone(rmdir(join(root, folder)));
    },
  };
}

/** Where processes of version 2 are put, also on a machine that has both versions. */
async function hierarchy(): Promise<string> {
  const unified = join(ROOT, 'unified');
  return (await isDone(access(unified))) ? unified : ROOT;
}

function isDone(action: Promise<unknown>): Promise<boolean> {
  return action.then(
    () => true,
    () => false,
  );
}
