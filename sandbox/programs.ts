/** The folder that `sandbox env` puts on the PATH: temporal, kubectl and vigilante under their usual names. */

import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCode } from './error-code.ts';
import type { SandboxLayout } from './layout.ts';
import { resolveTool } from './tools/resolve-tool.ts';
import type { PartTools } from './world.ts';

const VIGILANTE = fileURLToPath(new URL('../bin/vigilante', import.meta.url));
export function programFolder(layout: SandboxLayout): string {
  return join(layout.folder, 'bin');
}

export async function linkPrograms(layout: SandboxLayout, { temporal }: PartTools): Promise<void> {
  const folder = programFolder(layout);
  await mkdir(folder);
  await symlink(VIGILANTE, join(folder, 'vigilante'));
  if (temporal !== undefined) await symlink(temporal, join(folder, 'temporal'));
}

/** No part runs kubectl, so it is built only when somebody asks for a shell that knows it. */
export async function linkKubectl(layout: SandboxLayout): Promise<void> {
  try {
    await symlink(await resolveTool('kubectl'), join(programFolder(layout), 'kubectl'));
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}
