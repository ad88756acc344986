/** Until when a collector ran: what a collector that takes over finds. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createFileHeartbeat, NO_HEARTBEAT } from './heartbeat.ts';

function inFolder(run: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'vigilante-heartbeat-'));
  try {
    run(join(folder, 'reports.db.alive'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a collector that waited for another one finds when that one ran last, not when it began to wait itself', () => {
  inFolder((path) => {
    const waiting = createFileHeartbeat(path);
    expect(waiting.lastAliveMs()).toBeNull();
    const running = createFileHeartbeat(path);
    running.beat(1_000_000);
    running.beat(5_000_000);
    expect(waiting.lastAliveMs()).toBe(5_000_000);
  });
});

test('where no file can be written nothing is known, and nothing fails', () => {
  const heartbeat = createFileHeartbeat(join(tmpdir(), 'vigilante-no-such-folder', 'x.alive'));
  heartbeat.beat(1_000);
  expect(heartbeat.lastAliveMs()).toBeNull();
  expect(NO_HEARTBEAT.lastAliveMs()).toBeNull();
});
