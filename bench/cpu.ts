/** CPU time of the sandbox's processes, by program: what a benchmark costs whatever else the machine does. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Sandbox } from '../sandbox/start-sandbox.ts';

/** Linux counts in hundredths of a second (`getconf CLK_TCK`). */
const MS_PER_TICK = 10;
const USER_TICKS_FIELD = 11;
const SYSTEM_TICKS_FIELD = 12;
const VERSION_SUFFIX = /-v?\d[\d.]*$/;

/** Milliseconds of CPU since each program began; several processes of one program are added up. */
export async function cpuMsByProgram(sandbox: Sandbox): Promise<ReadonlyMap<string, number>> {
  const total = new Map<string, number>();
  for (const pid of await sandbox.processes()) {
    const used = await cpuMsOf(pid);
    if (used !== null) total.set(used.program, (total.get(used.program) ?? 0) + used.ms);
  }
  return total;
}

/** Milliseconds of CPU since the process began. */
export async function cpuMsOfProcess(pid: number): Promise<number> {
  const used = await cpuMsOf(pid);
  if (used === null) throw new Error(`process ${pid} has ended`);
  return used.ms;
}

/** Null for a process that has ended meanwhile. */
async function cpuMsOf(pid: number): Promise<{ program: string; ms: number } | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    // The name in parentheses may hold spaces: the fields are counted behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[USER_TICKS_FIELD]) + Number(fields[SYSTEM_TICKS_FIELD]);
    return { program: programOf(args), ms: ticks * MS_PER_TICK };
  } catch {
    return null;
  }
}

function programOf(args: readonly string[]): string {
  const script = args.findIndex((argument) => argument.endsWith('bin/main.ts'));
  if (script >= 0) return args[script + 1] ?? 'vigilante';
  return basename(args[0] ?? '').replace(VERSION_SUFFIX, '');
}
