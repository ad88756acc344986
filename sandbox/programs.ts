/** The folder that `sandbox env` puts on the PATH: temporal, kubectl and vigilante under their usual names. */

import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SandboxLayout } from './layout.ts';
import type { PartTools } from './world.ts';

const VIGILANTE = fileURLToPath(new URL('../bin/vigilante', import.meta.url));
/** The other tools run by themselves; nobody calls them. */
const FOR_PEOPLE = ['temporal', 'kubectl'] as const;

export function programFolder(layout: SandboxLayout): string {
  return join(layout.folder, 'bin');
}

export async function linkPrograms(layout: SandboxLayout, tools: PartTools): Promise<void> {
  const folder = programFolder(layout);
  await mkdir(folder);
  await symlink(VIGILANTE, join(folder, 'vigilante'));
  for (const name of FOR_PEOPLE) {
    const path = tools[name];
    if (path !== undefined) await symlink(path, join(folder, name));
  }
}
