/** Starts the sampler as a process of its own, and reads what it has written. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { fileOf, type SandboxLayout } from '../../sandbox/layout.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { parseSamples, type Sample } from './sample.ts';

export interface Sampler {
  /** All so far. */
  samples(): Promise<readonly Sample[]>;
  stop(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const FIRST_MS = 60_000;

/** Resolves with its first sample; `out` is the file that it writes. */
export async function startSampler(layouts: readonly SandboxLayout[], out: string): Promise<Sampler> {
  const files = layouts.map((layout) => fileOf(layout, 'layout.json'));
  // Its input is open for as long as this process lives, however that ends.
  const child = spawn(process.execPath, [MAIN, out, ...files], { stdio: ['pipe', 'ignore', 'inherit'] });
  const samples = async () => parseSamples(await readFile(out, 'utf8').catch(() => ''));
  await waitUntil(async () => (await samples()).length > 0, { what: 'a first sample', timeoutMs: FIRST_MS });
  return {
    samples,
    async stop() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
