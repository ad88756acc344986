/** Ending everything that carries a sandbox's id. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { processesOf, reap, SANDBOX_ID_VARIABLE } from './reap.ts';
import { startReaper } from './reaper.ts';
import { waitUntil } from './wait-until.ts';

/** Started by a shell that ends at once, so that its parent is gone. */
async function startOrphan(id: string): Promise<void> {
  const shell = spawn('sh', ['-c', 'sleep 600 >/dev/null 2>&1 &'], {
    env: { PATH: process.env['PATH'], [SANDBOX_ID_VARIABLE]: id },
  });
  await once(shell, 'exit');
}

async function startSleeper(id: string): Promise<ChildProcess> {
  const sleeper = spawn('sleep', ['600'], { env: { PATH: process.env['PATH'], [SANDBOX_ID_VARIABLE]: id } });
  await once(sleeper, 'spawn');
  return sleeper;
}

async function folderWithFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-reap-test-'));
  await writeFile(join(folder, 'file'), 'content');
  return folder;
}

async function untilSeen(id: string, count: number): Promise<void> {
  await waitUntil(async () => (await processesOf(id)).length === count, {
    what: `${count} processes`,
    timeoutMs: 10_000,
  });
}

test('ends processes that lost their parent, spares those of another sandbox and removes the folder', async () => {
  const [mine, other] = [randomUUID(), randomUUID()];
  const folder = await folderWithFile();
  await startOrphan(mine);
  const bystander = await startSleeper(other);
  await untilSeen(mine, 1);
  await reap(mine, folder);
  expect(await processesOf(mine)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
  await untilSeen(other, 1);
  bystander.kill('SIGKILL');
  await once(bystander, 'exit');
});

test('the watchdog ends the sandbox when its parent lets go of it', async () => {
  const id = randomUUID();
  const folder = await folderWithFile();
  await startOrphan(id);
  await untilSeen(id, 1);
  await startReaper(id, folder).release();
  expect(await processesOf(id)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
});

test('the watchdog spares a sandbox that is to outlive its parent', async () => {
  const id = randomUUID();
  const folder = await folderWithFile();
  await startOrphan(id);
  await untilSeen(id, 1);
  await startReaper(id, folder).spare();
  expect(await processesOf(id)).toHaveLength(1);
  expect(existsSync(folder)).toBe(true);
  await reap(id, folder);
});
