/** Long activities show that their worker is alive, short ones cost nothing. */

import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { ACTIVITY_HEARTBEAT_MS } from '../contracts/activity-liveness.ts';
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

test('H15: an activity does not keep its worker from ending while the API server does not answer', async () => {
  const environment = new MockActivityEnvironment();
  const asked = environment.run(() => askingCluster(() => new Promise(() => {})));
  environment.cancel('WORKER_SHUTDOWN');
  await expect(asked).rejects.toMatchObject({
    type: 'ClusterUnreachable',
    nonRetryable: false,
    message: 'the worker ends before the API server has answered',
  });
});

test('H14: a heal that is cancelled gets the result of its activity, which may have made a pod', async () => {
  const environment = new MockActivityEnvironment();
  const answer = Promise.withResolvers<string>();
  const asked: Promise<unknown> = environment.run(() => askingCluster(() => answer.promise));
  environment.cancel();
  answer.resolve('made');
  expect(await asked).toBe('made');
});
