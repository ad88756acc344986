/** Until when a collector ran: what a collector that takes over finds. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

test('a collector that waited for another one reads when that one ran last after the wait', () => {
  inFolder((path) => {
    const waiting = createFileHeartbeat(path);
    expect(waiting.lastRun().lastAliveMs).toBeNull();
    const running = createFileHeartbeat(path);
    running.beat(1_000_000, []);
    running.beat(5_000_000, []);
    expect(waiting.lastRun().lastAliveMs).toBe(5_000_000);
  });
});

test('a collector reads the outages that the one before it recorded, and skips what it cannot read in the file', () => {
  inFolder((path) => {
    const known = [
      { fromMs: 1_000, untilMs: 2_000 },
      { fromMs: 3_000, untilMs: 4_500 },
    ];
    createFileHeartbeat(path).beat(5_000, known);
    expect(createFileHeartbeat(path).lastRun()).toEqual({ lastAliveMs: 5_000, outages: known });
    for (const [text, outages] of [
      ['', []],
      ['{"fromMs":1}', []],
      ['[null,{"fromMs":1,"untilMs":2},{"fromMs":"1","untilMs":2}]', [{ fromMs: 1, untilMs: 2 }]],
    ] as const) {
      writeFileSync(path, text);
      expect(createFileHeartbeat(path).lastRun().outages).toEqual(outages);
    }
  });
});

test('where no file can be written, no last run is known and nothing fails', () => {
  const heartbeat = createFileHeartbeat(join(tmpdir(), 'vigilante-no-such-folder', 'x.alive'));
  heartbeat.beat(1_000, []);
  expect(heartbeat.lastRun().lastAliveMs).toBeNull();
  expect(NO_HEARTBEAT.lastRun().lastAliveMs).toBeNull();
});
