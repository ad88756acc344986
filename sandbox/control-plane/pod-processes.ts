/** The processes of static pods, found among all of the sandbox by their arguments. */

import { readFile, readlink } from 'node:fs/promises';
import type { SandboxLayout } from '../layout.ts';
import type { Place } from '../parts/place.ts';
import { processesOf } from '../reap.ts';
import { argumentsOf, STATIC_PODS, type StaticPod } from './manifest.ts';

export interface PodProcess {
  readonly pid: number;
  readonly pod: StaticPod;
  /** Path of the file that it was started from. */
  readonly program: string;
}

/** Of the node; no other process has the same arguments. */
export async function podProcesses(layout: SandboxLayout, place: Place): Promise<readonly PodProcess[]> {
  const own = STATIC_PODS.map((pod) => ({ pod, args: argumentsOf(layout, place, pod).join('\0') }));
  const found = (await processesOf(layout.id)).map(async (pid) => {
    // Both are empty for a process that ends meanwhile.
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const program = await readlink(`/proc/${pid}/exe`).catch(() => '');
    const one = own.find(({ args }) => line.includes(args));
    return one === undefined ? [] : [{ pid, pod: one.pod, program }];
  });
  return (await Promise.all(found)).flat();
}
