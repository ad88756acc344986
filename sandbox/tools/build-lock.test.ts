/** One builder at a time, and none is held up by a dead one. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { waitUntil } from '../wait-until.ts';
import { takeLock } from './build-lock.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigilante-lock-test-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('a second build waits for the first, and names the process that it waits for', async () => {
  const path = join(folder, 'tool.lock');
  const order: string[] = [];
  const release = await takeLock(path, () => {});
  const second = takeLock(path, (owner) => order.push(`waits for ${owner}`)).then(async (releaseSecond) => {
    order.push('second');
    await releaseSecond();
  });
  await waitForFirst(order);
  order.push('first done');
  await release();
  await second;
  expect(order).toEqual([`waits for process ${process.pid}`, 'first done', 'second']);
});

test.each([
  ['a process that is gone', '999999999 1'],
  ['an earlier process with the same id', `${process.pid} 1`],
])('a lock left over by %s is broken', async (_, owner) => {
  const path = join(folder, 'tool.lock');
  await mkdir(path);
  await writeFile(join(path, 'owner'), owner);
  const release = await takeLock(path, () => {});
  await release();
});

async function waitForFirst(order: readonly string[]): Promise<void> {
  await waitUntil(() => order.length > 0, { what: 'the second to wait', timeoutMs: 10_000 });
}
