/** Tests on real nodes: skipped aloud where the machine does not allow them, unless they must run. */

import { test } from '@jest/globals';
import { realNodesProblem } from '../../sandbox/real-nodes/prerequisites.ts';

const REQUIRED = process.env['VIGILANTE_REAL_NODES'] === 'required';

const problem = await realNodesProblem();
if (problem !== null && REQUIRED) throw new Error(problem);
// Jest prints no title of a skipped test when it runs several files.
if (problem !== null) process.stderr.write(`tests on real nodes are skipped: ${problem}\n`);

export const hasRealNodes = problem === null;

/** For a test, or what comes before one, that starts real nodes and heals them: kubelets on a loaded machine are slow. */
export const HEALS_TIMEOUT_MS = 900_000;

/** `timeoutMs`: default as for every test. */
export function testOnRealNodes(title: string, body: () => Promise<void>, timeoutMs?: number): void {
  if (problem === null) test(title, body, timeoutMs);
  else test.skip(`${title} (skipped: ${problem})`, body);
}
