/** Long activities show that their worker is alive, short ones cost nothing. */

import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { ACTIVITY_HEARTBEAT_MS } from '../contracts/healing-activities.ts';
import { askingCluster } from './failures.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

async function beatsOf(tookMs: number): Promise<number> {
  const environment = new MockActivityEnvironment();
  let beats = 0;
  environment.on('heartbeat', () => {
    beats += 1;
  });
  const asked: unknown = environment.run(() => askingCluster(() => new Promise((end) => setTimeout(end, tookMs))));
  await jest.advanceTimersByTimeAsync(tookMs);
  await asked;
  // Nothing goes on after the end.
  await jest.advanceTimersByTimeAsync(10 * ACTIVITY_HEARTBEAT_MS);
  return beats;
}

test.each([
  [ACTIVITY_HEARTBEAT_MS - 1, 0],
  [ACTIVITY_HEARTBEAT_MS + 1, 1],
  [3 * ACTIVITY_HEARTBEAT_MS + 1, 3],
])('H15: an activity that takes %i ms sends %i heartbeats', async (tookMs, beats) => {
  expect(await beatsOf(tookMs)).toBe(beats);
});
