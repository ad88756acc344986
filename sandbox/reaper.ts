/** Starts the watchdog that ends a sandbox whose parent is gone, even when that was killed with -9. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SPARE } from './reap.ts';

export interface Reaper {
  /** It reaps what is left, and ends. */
  release(): Promise<void>;
  /** It ends and leaves the sandbox alone. */
  spare(): Promise<void>;
}

/**
 * The watchdog reads from a pipe that only this process holds open: the kernel closes it with the process, however it
 * ends. It carries no sandbox id, so that the reaping spares it.
 */
export function startReaper(sandboxId: string, folder: string): Reaper {
  const program = fileURLToPath(new URL('./reaper-main.ts', import.meta.url));
  const child = spawn(process.execPath, [program, sandboxId, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
    cwd: '/',
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  child.unref();
  const end = async (lastWord: string) => {
    child.ref();
    child.stdin.end(lastWord);
    await exited;
  };
  return { release: () => end(''), spare: () => end(SPARE) };
}
