/** The file on each simulated machine that asks for a reboot, as `/var/run/reboot-required` does on a real one. */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileOf, type SandboxLayout } from '../layout.ts';

/** Its folder is there from `prepareSentinel` on: without it an agent cannot know. */
export function sentinelOf(layout: SandboxLayout, node: string): string {
  return fileOf(layout, `machines/${node}/reboot-required`);
}

export async function prepareSentinel(layout: SandboxLayout, node: string): Promise<void> {
  await mkdir(dirname(sentinelOf(layout, node)), { recursive: true });
}

export async function writeSentinel(layout: SandboxLayout, node: string): Promise<void> {
  await prepareSentinel(layout, node);
  await writeFile(sentinelOf(layout, node), '');
}

export async function clearSentinel(layout: SandboxLayout, node: string): Promise<void> {
  await rm(sentinelOf(layout, node), { force: true });
}
