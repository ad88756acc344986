/** The programs of real nodes that come back when they end: kubelet and containerd. */

import { readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';

const WAIT_MS = 90_000;

/** Kills it on the only node of the sandbox, and waits until it runs again. */
export async function killNodeProgram(sandbox: Sandbox, program: 'kubelet' | 'containerd'): Promise<void> {
  const [killed] = await pidsOf(sandbox, program);
  if (killed === undefined) throw new Error(`${program} does not run`);
  process.kill(killed, 'SIGKILL');
  await waitUntil(async () => (await pidsOf(sandbox, program)).some((pid) => pid !== killed), {
    what: `another ${program}`,
    timeoutMs: WAIT_MS,
  });
}

async function pidsOf(sandbox: Sandbox, program: string): Promise<readonly number[]> {
  const pids = await sandbox.processes();
  const paths = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/exe`).catch(() => '')));
  return pids.filter((_, index) => new RegExp(`^${program}(-v[\\d.]+)?$`).test(basename(paths[index] ?? '')));
}
