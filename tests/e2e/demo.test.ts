/** `npm start -- --exit-when-healed`: real processes heal simulated nodes, and the exit code tells the truth. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const PROGRAM = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'vigilante-demo-test-'));
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

async function demo(...options: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(
    PROGRAM,
    ['sandbox', 'demo', '--window', '10s', '--interval', '1s', '--exit-when-healed', ...options],
    {
      env: { ...process.env, VIGILANTE_SANDBOX_HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await once(child, 'close');
  return { code: child.exitCode, output };
}

test('heals all nodes, names the evidence of each and ends with 0', async () => {
  const { code, output } = await demo('--nodes', '3');
  expect(output).toMatch(/Temporal UI: http:/);
  for (const node of ['win-1', 'win-2', 'win-3']) {
    expect(output).toMatch(new RegExp(`${node}: healed, \\d+ pods proven in \\d+ attempts .* level 2: `));
  }
  expect(output).toContain('all 3 nodes are healed');
  expect(output).toMatch(/connectivity: ok, [1-3] of 3 agents report.*\n$/);
  expect(code).toBe(0);
});

test('with a failing node among them it ends with 1 and names the node and the reason', async () => {
  const { code, output } = await demo('--nodes', '2', '--behaviours', 'proving,failing');
  expect(output).toMatch(/win-1: healed/);
  expect(output).toMatch(/win-2: NOT healed: unproven after \d+ attempts, 0 pods proven; level 0: /);
  // The last pod may be too young for its Event on a busy machine; those before it had theirs.
  expect(output).toMatch(/win-2: .*FailedCreatePodSandBox/);
  expect(output).toContain('not healed: win-2 (1 of 2)');
  expect(code).toBe(1);
});
