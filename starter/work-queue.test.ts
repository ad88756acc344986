/** The queue that turns a thousand nodes into a slow start. */

import { expect, jest, test } from '@jest/globals';

import { createWorkQueue } from './work-queue.ts';

function heldWork() {
  const begun: string[] = [];
  const releases = new Map<string, () => void>();
  return {
    begun,
    work: (key: string) => {
      begun.push(key);
      return new Promise<void>((resolve) => releases.set(key, resolve));
    },
    async release(key: string) {
      releases.get(key)?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('H16: works on no more keys at a time than allowed', async () => {
  const held = heldWork();
  const queue = createWorkQueue({ work: held.work, atOnceMax: 2, perSecond: 1_000 });
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
  expect(held.begun).toEqual(['a', 'b']);
  await held.release('a');
  expect(held.begun).toEqual(['a', 'b', 'c']);
  for (const key of ['b', 'c', 'd']) await held.release(key);
  await queue.stop();
});

test('a key that is added while it is under way is handled once more afterwards, never twice at a time', async () => {
  const held = heldWork();
  const queue = createWorkQueue({ work: held.work, atOnceMax: 5, perSecond: 1_000 });
  queue.add('a');
  queue.add('a');
  queue.add('a');
  expect(held.begun).toEqual(['a']);
  await held.release('a');
  expect(held.begun).toEqual(['a', 'a']);
  await held.release('a');
  await queue.idle();
  expect(queue.size()).toBe(0);
});

test('H16: after a burst of one second’s worth, so many per second', async () => {
  jest.useFakeTimers();
  try {
    const begun: number[] = [];
    const work = async (key: number) => {
      begun.push(key);
    };
    const queue = createWorkQueue({ work, atOnceMax: 1_000, perSecond: 10, now: () => Date.now() });
    for (let key = 0; key < 35; key++) queue.add(key);
    expect(begun).toHaveLength(10);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(begun).toHaveLength(20);
    await jest.advanceTimersByTimeAsync(1_500);
    expect(begun).toHaveLength(35);
    await queue.stop();
  } finally {
    jest.useRealTimers();
  }
});

test('a queue that was cleared or stopped forgets the keys that wait', async () => {
  const held = heldWork();
  const queue = createWorkQueue({ work: held.work, atOnceMax: 1, perSecond: 1_000 });
  for (const key of ['a', 'b']) queue.add(key);
  queue.clear();
  const stopped = queue.stop();
  queue.add('c');
  await held.release('a');
  await stopped;
  expect(held.begun).toEqual(['a']);
});
