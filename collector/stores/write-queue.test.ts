/** Which writes go together, in which order, and what happens to those that cannot go. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';

import { StoreUnavailable } from './report-store.ts';
import {
  createWriteQueue,
  NONE_REFUSED,
  type QueuedWrite,
  type RefusedWrites,
  type WriteQueueOptions,
} from './write-queue.ts';

/** Batches as they were begun; each goes on when it is told to. */
function gatedQueue(options: Partial<WriteQueueOptions<number>> = {}) {
  const batches: string[] = [];
  const gates: PromiseWithResolvers<RefusedWrites>[] = [];
  const overdue: string[] = [];
  const queue = createWriteQueue<number>({
    lanesMax: 1,
    batchWritesMax: 100,
    batchBytesMax: 1e3,
    overdueMs: 6e4,
    onOverdue: ({ message }) => overdue.push(message),
    perform(batch: readonly QueuedWrite<number>[]) {
      const gate = Promise.withResolvers<RefusedWrites>();
      batches.push(batch.map(({ name, value }) => `${name}${value ?? '-'}`).join(' '));
      gates.push(gate);
      return gate.promise;
    },
    ...options,
  });
  const add = (name: string, value: number | null, bytes = 1) => queue.add({ name, value, bytes });
  return { queue, add, batches, gates, overdue };
}

/** More turns of the event loop than the queue waits for other writes of this one. */
async function turn(): Promise<void> {
  for (let count = 0; count < 5; count++) await nextTurn();
}

test('gathers the writes of the time of a batch, with the newest of each name in the place of its first', async () => {
  const { add, batches, gates } = gatedQueue();
  const first = [add('a', 1), add('b', 1)];
  await turn();
  const second = [add('c', 1), add('a', 2), add('c', 2), add('b', null)];
  gates[0]?.resolve(NONE_REFUSED);
  await Promise.all(first);
  await turn();
  gates[1]?.resolve(NONE_REFUSED);
  await Promise.all(second);
  expect(batches).toEqual(['a1 b1', 'c2 a2 b-']);
});

test.each([
  { sizes: [1, 1, 1, 1], limits: { batchWritesMax: 3 }, expected: ['a1 b1 c1', 'd1'] },
  { sizes: [4, 4, 2, 1], limits: { batchBytesMax: 10 }, expected: ['a1 b1 c1', 'd1'] },
  { sizes: [11, 1, 1, 1], limits: { batchBytesMax: 10 }, expected: ['a1', 'b1 c1 d1'] },
  { sizes: [1, 11, 1, 1], limits: { batchBytesMax: 10 }, expected: ['a1', 'b1', 'c1 d1'] },
])('keeps to its limits: writes of $sizes with $limits', async ({ sizes, limits, expected }) => {
  const { add, batches, gates } = gatedQueue({ ...limits });
  const writes = ['a', 'b', 'c', 'd'].map((name, index) => add(name, 1, sizes[index]));
  for (const index of expected.keys()) {
    await turn();
    gates[index]?.resolve(NONE_REFUSED);
  }
  await Promise.all(writes);
  expect(batches).toEqual(expected);
});

test('uses all lanes, but never two for one name', async () => {
  const { add, batches, gates } = gatedQueue({ lanesMax: 2, batchWritesMax: 1 });
  const writes = [add('a', 1), add('b', 1)];
  await turn();
  writes.push(add('a', 2), add('c', 1));
  gates[1]?.resolve(NONE_REFUSED);
  await turn();
  expect(batches).toEqual(['a1', 'b1', 'c1']);
  for (const gate of gates) gate.resolve(NONE_REFUSED);
  await turn();
  gates[3]?.resolve(NONE_REFUSED);
  await Promise.all(writes);
  expect(batches).toEqual(['a1', 'b1', 'c1', 'a2']);
});

test('rejects the writes of a batch that failed, and goes on with the next', async () => {
  const { add, gates } = gatedQueue();
  const failing = add('a', 1);
  await turn();
  const next = add('a', 2);
  gates[0]?.reject(new StoreUnavailable('no disk'));
  await expect(failing).rejects.toThrow('no disk');
  await turn();
  gates[1]?.resolve(NONE_REFUSED);
  await next;
});

test('rejects one write of a batch that was refused by itself, and resolves the others', async () => {
  const { add, gates } = gatedQueue();
  const writes = [add('a', 1), add('b', 1), add('c', 1)];
  await turn();
  gates[0]?.resolve(new Map([['b', new StoreUnavailable('b is too large')]]));
  const [first, second, third] = await Promise.allSettled(writes);
  expect([first?.status, third?.status]).toEqual(['fulfilled', 'fulfilled']);
  expect(second).toMatchObject({ status: 'rejected', reason: { message: 'b is too large' } });
});

test('gives up a batch that does not end, refuses all writes meanwhile, and goes on once it has ended', async () => {
  const { add, gates, overdue } = gatedQueue({ overdueMs: 20 });
  const hanging = add('a', 1);
  await turn();
  const waiting = add('b', 1);
  await expect(hanging).rejects.toThrow('did not finish a write in 20 ms');
  await expect(waiting).rejects.toThrow(StoreUnavailable);
  expect(overdue).toHaveLength(1);
  await expect(add('c', 1)).rejects.toThrow(StoreUnavailable);
  gates[0]?.resolve(NONE_REFUSED);
  await turn();
  const next = add('d', 1);
  await turn();
  gates[1]?.resolve(NONE_REFUSED);
  await next;
});

test('closes once everything is written, and refuses further writes from the start', async () => {
  const { queue, add, batches, gates } = gatedQueue({ batchWritesMax: 1 });
  const writes = [add('a', 1), add('b', 1)];
  const closed = queue.close();
  await expect(add('c', 1)).rejects.toThrow('closed');
  await turn();
  gates[0]?.resolve(NONE_REFUSED);
  await turn();
  gates[1]?.resolve(NONE_REFUSED);
  await Promise.all([...writes, closed]);
  expect(batches).toEqual(['a1', 'b1']);
});
