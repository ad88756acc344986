/** Who takes no work: not before the time is over, whatever Temporal remembers of it. */

import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { WatchMaintainersResult } from '../../contracts/upgrade/upgrade-fleet.ts';
import { createFleetActivities } from './maintainers.ts';

const SILENT_MS = 300_000;
const LOOK_MS = 30_000;

interface World {
  /** When somebody last asked for work, by the time of a look in ms since the first; null: Temporal knows nobody. */
  readonly polled: (cluster: string, nowMs: number) => number | null;
  readonly unreachable?: readonly string[];
  readonly sliceMs?: number;
}

/** Each look is half a minute after the one before; the time is the test's own. */
async function watch({ polled, unreachable = [], sliceMs = 3_600_000 }: World) {
  let nowMs = 0;
  const activities = createFleetActivities({
    lastPollMs: async (cluster) => polled(cluster, nowMs),
    now: () => nowMs,
    silentMs: SILENT_MS,
    lookEveryMs: LOOK_MS,
    sliceMs,
    tell: () => {},
    wait: async (forMs) => {
      nowMs += forMs;
    },
  });
  const input = { clusters: ['weu', 'neu'], unreachable };
  const result = await new MockActivityEnvironment().run<
    [],
    WatchMaintainersResult,
    () => Promise<WatchMaintainersResult>
  >(() => activities.watchMaintainers(input));
  return { ...result, afterMs: nowMs };
}

test('M41: a cluster that nobody works for is named after five minutes, and not before', async () => {
  const polled = (cluster: string, nowMs: number) => (cluster === 'neu' ? null : nowMs);
  expect(await watch({ polled })).toEqual({ unreachable: ['neu'], afterMs: SILENT_MS });
});

test('M41: counted is from the last time that somebody asked, also when Temporal has forgotten it', async () => {
  const last = 120_000;
  const polled = (cluster: string, nowMs: number) => {
    if (cluster === 'weu') return nowMs;
    return nowMs - last > 90_000 ? null : Math.min(nowMs, last);
  };
  expect(await watch({ polled })).toEqual({ unreachable: ['neu'], afterMs: last + SILENT_MS });
});

test('M41: one that is named stays so until it is heard', async () => {
  const silent = (cluster: string, nowMs: number) => (cluster === 'neu' ? null : nowMs);
  expect(await watch({ polled: silent, unreachable: ['neu'], sliceMs: 60_000 })).toEqual({
    unreachable: ['neu'],
    afterMs: 60_000,
  });
  const back = (cluster: string, nowMs: number) => (cluster === 'neu' && nowMs < 90_000 ? null : nowMs);
  expect(await watch({ polled: back, unreachable: ['neu'] })).toEqual({ unreachable: [], afterMs: 90_000 });
});

test('M41: a Temporal that does not answer says nothing of a maintainer', async () => {
  const polled = (cluster: string, nowMs: number) => {
    if (cluster === 'neu') throw new Error('14 UNAVAILABLE');
    return nowMs;
  };
  expect(await watch({ polled, sliceMs: 2 * SILENT_MS })).toEqual({ unreachable: [], afterMs: 2 * SILENT_MS });
});
