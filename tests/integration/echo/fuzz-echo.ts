/** Sends odd bytes to a real echo and counts what it answers. */

import * as fc from 'fast-check';
import { memoryMb } from '../collector/collector-at-bounds.ts';
import { statusOfBytes } from '../collector/malformed-requests.ts';
import type { EchoProcess } from './echo-process.ts';
import { fuzzedBytes } from './fuzzed-bytes.ts';

export interface FuzzResult {
  /** By status; 0 where the connection was closed without an answer. */
  readonly answers: ReadonlyMap<number, number>;
  /** MB of the process. */
  readonly memory: { readonly before: number; readonly after: number; readonly peak: number };
}

const BATCH = 1_000;
const AT_ONCE = 24;

export async function fuzzEcho(
  echo: EchoProcess,
  { cases, seed, onBatch = () => undefined }: { cases: number; seed: number; onBatch?: (sent: number) => void },
): Promise<FuzzResult> {
  const answers = new Map<number, number>();
  const before = await memoryMb(echo.pid);
  for (let from = 0; from < cases; from += BATCH) {
    const numRuns = Math.min(BATCH, cases - from);
    // All lanes take from one iterator, so that each sample is sent once.
    const samples = fc.sample(fuzzedBytes, { numRuns, seed: seed + from }).values();
    const lane = async () => {
      for (const bytes of samples) {
        const status = await statusOfBytes(echo.url, bytes);
        answers.set(status, (answers.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    onBatch(from + numRuns);
  }
  const after = await memoryMb(echo.pid);
  return { answers, memory: { before: before.now, after: after.now, peak: after.peak } };
}
