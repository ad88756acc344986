/** Network namespaces that live as long as a process of the sandbox, and commands in them. */

import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { logTail, type SandboxProcess } from '../child-process.ts';
import { SandboxProblem } from '../exit-code.ts';
import { waitUntil } from '../wait-until.ts';

const execute = promisify(execFile);
const START_TIMEOUT_MS = 20_000;
const COMMAND_TIMEOUT_MS = 30_000;

/** Some shells lack the folders of `ip` and `iptables`. */
export const PATH_OF_ROOT = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;

/** Waits until the process is in a network namespace of its own. */
export async function untilApart(holder: SandboxProcess): Promise<void> {
  const own = await readlink('/proc/self/ns/net');
  await waitUntil(
    async () => {
      if (!holder.isRunning()) throw new SandboxProblem(`${holder.name} ended:\n${await logTail(holder.logPath)}`);
      return (await readlink(`/proc/${holder.pid}/ns/net`)) !== own;
    },
    { what: `the network namespace of ${holder.name}`, timeoutMs: START_TIMEOUT_MS },
  );
}

/** Process id, as this machine sees it, of the first process in the PID namespace that `unshare` made. */
export async function firstProcessOf(unshare: SandboxProcess): Promise<number> {
  return waitUntil(
    async () => {
      const children = await readFile(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8').catch(() => '');
      const pid = Number(children.trim().split(' ')[0]);
      return pid > 0 ? pid : null;
    },
    { what: `the first process of ${unshare.name}`, timeoutMs: START_TIMEOUT_MS },
  );
}

/** Runs a shell script in the network namespace of the process; rejects with what it printed when it fails. */
export function inNetworkOf(pid: number, script: string): Promise<string> {
  return enter([`--net=/proc/${pid}/ns/net`], script);
}

/** The same in all namespaces of the process. */
export function inNamespacesOf(pid: number, script: string): Promise<string> {
  return enter([`--target=${pid}`, '--mount', '--uts', '--ipc', '--net', '--pid'], script);
}

async function enter(namespaces: readonly string[], script: string): Promise<string> {
  const env = { ...process.env, PATH: PATH_OF_ROOT };
  const options = { env, timeout: COMMAND_TIMEOUT_MS };
  return (await execute('nsenter', [...namespaces, 'sh', '-euc', script], options)).stdout;
}
