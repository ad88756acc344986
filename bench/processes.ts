/** CPU time and memory of the sandbox's processes, by program: what a benchmark costs whatever else the machine does. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Sandbox } from '../sandbox/start-sandbox.ts';

export interface ProcessUse {
  /** Milliseconds of CPU since the process began. */
  readonly cpuMs: number;
  readonly rssMb: number;
}

/** Linux counts in hundredths of a second (`getconf CLK_TCK`). */
const MS_PER_TICK = 10;
const USER_TICKS_FIELD = 11;
const SYSTEM_TICKS_FIELD = 12;
const KIB_PER_MIB = 1_024;
const VERSION_SUFFIX = /-v?\d[\d.]*$/;

/** Several processes of one program are added up. */
export async function useByProgram(sandbox: Sandbox): Promise<ReadonlyMap<string, ProcessUse>> {
  const total = new Map<string, ProcessUse>();
  for (const pid of await sandbox.processes()) {
    const used = await useOf(pid);
    if (used === null) continue;
    const before = total.get(used.program) ?? { cpuMs: 0, rssMb: 0 };
    total.set(used.program, { cpuMs: before.cpuMs + used.cpuMs, rssMb: before.rssMb + used.rssMb });
  }
  return total;
}

/** Milliseconds of CPU that each program used between two looks. */
export function cpuMsBetween(
  before: ReadonlyMap<string, ProcessUse>,
  after: ReadonlyMap<string, ProcessUse>,
): ReadonlyMap<string, number> {
  return new Map([...after].map(([program, { cpuMs }]) => [program, cpuMs - (before.get(program)?.cpuMs ?? 0)]));
}

/** Throws where the process has ended. */
export async function useOfProcess(pid: number): Promise<ProcessUse> {
  const used = await useOf(pid);
  if (used === null) throw new Error(`process ${pid} has ended`);
  return used;
}

/** Null for a process that has ended meanwhile. */
async function useOf(pid: number): Promise<(ProcessUse & { readonly program: string }) | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    // The name in parentheses may hold spaces: the fields are counted behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[USER_TICKS_FIELD]) + Number(fields[SYSTEM_TICKS_FIELD]);
    const rssKib = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
    return { program: programOf(args), cpuMs: ticks * MS_PER_TICK, rssMb: Math.round(rssKib / KIB_PER_MIB) };
  } catch {
    return null;
  }
}

function programOf(args: readonly string[]): string {
  const script = args.findIndex((argument) => argument.endsWith('bin/main.ts'));
  if (script >= 0) return args[script + 1] ?? 'vigilante';
  return basename(args[0] ?? '').replace(VERSION_SUFFIX, '');
}
