/** What a registry knows of the times in which no report could be taken. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { AgentRegistry } from './agent-registry.ts';
import { createFileHeartbeat } from './heartbeat.ts';
import type { ReportStore } from './report-store.ts';

const EMPTY_STORE: ReportStore = {
  open: async () => [],
  save: async () => {},
  remove: async () => {},
  problem: () => null,
  close: async () => {},
};

test('a collector that is killed again and again excuses each time in which none ran, not only the last', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigilante-registry-'));
  try {
    const path = join(folder, 'reports.db.alive');
    let nowMs = 0;
    /** Runs from one moment to another and is killed; returns what it knows. */
    const run = async (fromMs: number, untilMs: number) => {
      nowMs = fromMs;
      const heartbeat = createFileHeartbeat(path);
      const registry = new AgentRegistry({ store: EMPTY_STORE, agentsMax: 10, now: () => nowMs });
      await registry.open(heartbeat.lastRun());
      heartbeat.beat(nowMs, registry.outages());
      nowMs = untilMs;
      heartbeat.beat(nowMs, registry.outages());
      return registry.outages();
    };
    await run(10_000, 20_000);
    expect(await run(25_000, 30_000)).toEqual([{ fromMs: 20_000, untilMs: 25_000 }]);
    expect(await run(37_000, 40_000)).toEqual([
      { fromMs: 20_000, untilMs: 25_000 },
      { fromMs: 30_000, untilMs: 37_000 },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
