/** Invariant h: what runs after all our processes were told to end, and after the sandbox was stopped. */

import { readFile } from 'node:fs/promises';
import { processesOf } from '../../sandbox/reap.ts';
import type { Finding, Violation } from './finding.ts';
import type { ChaosWorld } from './world.ts';

const PARTS = /(^|\/)(etcd|kube-[a-z-]+|kwok|temporal)(-v[\d.]+)?$/;
/** Those of a sandbox with an echo are programs of ours: its echo, and the player of the pods. */
const OWN_PARTS = /(\/player-main\.ts | echo --config )/;
const END_TIMEOUT_MS = 120_000;

/** Ends the world. */
export async function judgeProcesses(world: ChaosWorld): Promise<Finding> {
  const { id } = world.sandbox.layout;
  const violations: Violation[] = [];
  const report = (what: string) => violations.push({ what, node: null, atMs: Date.now() });
  const during = await processesOf(id);
  await Promise.all(
    world.replicas.all.map(async (replica) => {
      const problem = await endOf(replica);
      if (problem !== null) report(`${replica.name} was told to end: ${problem}`);
    }),
  );
  for (const pid of await processesOf(id)) {
    const command = await commandOf(pid);
    if (command !== null && !isPart(command)) report(`process ${pid} outlived its parent: ${command}`);
  }
  await world.stop();
  for (const pid of await processesOf(id)) report(`process ${pid} outlived the sandbox: ${await commandOf(pid)}`);
  return { invariant: 'h', checked: during.length, of: 'processes', violations };
}

async function endOf(replica: ChaosWorld['replicas']['all'][number]): Promise<string | null> {
  const ended = replica.kill('SIGTERM');
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), END_TIMEOUT_MS);
  const result = await Promise.race([ended, late.promise]);
  clearTimeout(timer);
  if (result === 'late') return `it still runs after ${END_TIMEOUT_MS / 1_000} s`;
  const status = await replica.current()?.exited;
  return status === undefined || status.code === 0 ? null : JSON.stringify(status);
}

function isPart(command: string): boolean {
  return PARTS.test(command.split(' ')[0] ?? '') || OWN_PARTS.test(command);
}

/** Null where it ended meanwhile. */
async function commandOf(pid: number): Promise<string | null> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return line === '' ? null : line.replaceAll('\0', ' ').trim();
}
