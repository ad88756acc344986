/** A sandbox in a process of its own, which is killed with -9. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type SandboxLayout, SandboxLayoutSchema } from '../../sandbox/layout.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';

export interface SandboxParent {
  readonly layout: SandboxLayout;
  /** Resolves when the process has ended. */
  kill(): Promise<void>;
}

const WAIT_MS = 120_000;
const PROGRAM = fileURLToPath(new URL('./sandbox-parent.ts', import.meta.url));

/** Resolves when the sandbox runs. */
export async function startParent(kind: 'plain' | 'echo' | 'real-node'): Promise<SandboxParent> {
  const parent = spawn(process.execPath, [PROGRAM, kind], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = z.tuple([z.instanceof(Buffer)]).parse(await once(parent.stdout, 'data'));
  return {
    layout: SandboxLayoutSchema.parse(JSON.parse(line.toString())),
    async kill() {
      parent.kill('SIGKILL');
      await once(parent, 'exit');
    },
  };
}

export async function untilFolderGone({ folder }: SandboxLayout): Promise<void> {
  await waitUntil(() => !existsSync(folder), { what: 'the folder to go', timeoutMs: WAIT_MS });
}
