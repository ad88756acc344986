/** `npm start -- --reboots`: real processes reboot simulated machines, and the last line is read from the cluster. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const PROGRAM = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
const REBOOTS_MS = 600_000;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'vigilante-reboots-demo-test-'));
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

test(
  'M26: all nodes are rebooted on the budget, and the last line says so',
  async () => {
    const env = { ...process.env, VIGILANTE_SANDBOX_HOME: home };
    const child = spawn(PROGRAM, ['sandbox', 'demo', '--reboots'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
    const lines = output.trimEnd().split('\n');
    for (const step of ['drain', 'prove', 'rebooted']) expect(output).toMatch(new RegExp(`^lin-\\d+ .*: ${step}`, 'm'));
    expect(lines.at(-1)).toMatch(
      /^16 of 16 nodes have another boot id, .* at most [123] were away at a time, 3 may be; \d+ pods were evicted, 0 deleted; no budget was broken; /,
    );
    expect(child.exitCode).toBe(0);
  },
  REBOOTS_MS,
);
