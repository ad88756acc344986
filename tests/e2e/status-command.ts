/** `vigilante status -o json` in a sandbox, and what it says of marked nodes. */

import { expect } from '@jest/globals';
import { z } from 'zod';
import { main } from '../../cli/main.ts';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';

const WAIT_MS = 120_000;
const POLL_MS = 200;

/** The command leaves the marks out where the cluster takes seconds to answer, and prints nothing where Temporal does. */
export async function untilStatus(sandbox: Sandbox, args: readonly string[], expected: object): Promise<void> {
  const shown = await waitUntil(
    async () => {
      const records = await statusOf(sandbox, args);
      return records.length > 0 && records.every(({ mark }) => mark !== null) ? records : null;
    },
    { what: `the marks in status ${args.join(' ')}`, timeoutMs: WAIT_MS, pollMs: POLL_MS },
  );
  expect(shown).toMatchObject([expected]);
}

async function statusOf(sandbox: Sandbox, args: readonly string[]) {
  const output: string[] = [];
  const reach = ['--address', sandbox.env.TEMPORAL_ADDRESS, '--kubeconfig', sandbox.env.KUBECONFIG];
  const exitCode = await main(['status', '-o', 'json', ...args, ...reach, '--cluster', SANDBOX_CLUSTER], {
    write: (text) => void output.push(text),
    note: () => {},
    interactive: false,
    columns: 120,
    nowMs: () => Date.now(),
    pause: async () => {},
    interrupted: () => false,
  });
  if (exitCode !== 0) return [];
  return z.array(z.looseObject({ mark: z.string().nullable() })).parse(JSON.parse(output.join('')));
}
