/**
 * Writes that wait for their store: of one name the newest goes, and what is due together goes together.
 *
 * A commit, a transaction of etcd and a slot of concurrent requests are all a lane here. While every lane is taken,
 * writes gather, and the next batch takes them all.
 */

import { messageOf } from '../../domain/error-message.ts';
import { StoreUnavailable } from './report-store.ts';

export interface QueuedWrite<Value> {
  readonly name: string;
  /** Null removes the name. */
  readonly value: Value | null;
  /** What the write adds to a batch, in bytes as the store counts them. */
  readonly bytes: number;
}

export interface WriteQueueOptions<Value> {
  /** Batches under way at a time; a name is never in two of them. */
  readonly lanesMax: number;
  readonly batchWritesMax: number;
  /** A write that is larger goes alone. */
  readonly batchBytesMax: number;
  /** A batch that takes longer is given up, though its lane stays taken until it ends. */
  readonly overdueMs: number;
  readonly onOverdue: (error: StoreUnavailable) => void;
  /** Resolves with the writes that were refused while the others of the batch were performed, by name. */
  readonly perform: (batch: readonly QueuedWrite<Value>[]) => Promise<RefusedWrites>;
}

export type RefusedWrites = ReadonlyMap<string, StoreUnavailable>;
export const NONE_REFUSED: RefusedWrites = new Map();

export interface WriteQueue<Value> {
  /** Resolves when this write, or a newer one of its name, was performed. */
  add(write: QueuedWrite<Value>): Promise<void>;
  /** For an outage: what waits would only fail later. */
  rejectWaiting(error: Error): void;
  /** Resolves when nothing is under way any more; later writes are rejected. */
  close(): Promise<void>;
}

interface Waiting<Value> {
  readonly write: QueuedWrite<Value>;
  readonly promises: readonly PromiseWithResolvers<void>[];
}

export function createWriteQueue<Value>(options: WriteQueueOptions<Value>): WriteQueue<Value> {
  const waiting = new Map<string, Waiting<Value>>();
  const busyNames = new Set<string>();
  let busyLanes = 0;
  let overdueLanes = 0;
  let scheduled = false;
  let closed: PromiseWithResolvers<void> | null = null;

  /** Not at once: the writes of one turn of the event loop share a batch. */
  function schedule(): void {
    if (scheduled || waiting.size === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      while (busyLanes < options.lanesMax) {
        const batch = takeBatch({ waiting, busyNames, options });
        if (batch.length === 0) break;
        void run(batch);
      }
    });
  }

  async function run(batch: readonly Waiting<Value>[]): Promise<void> {
    busyLanes += 1;
    let overdue = false;
    const timer = setTimeout(() => {
      overdue = true;
      overdueLanes += 1;
      const error = overdueError(options.overdueMs);
      options.onOverdue(error);
      settle(batch, error);
      if (overdueLanes === options.lanesMax) rejectWaiting(error);
    }, options.overdueMs);
    try {
      const refused = await options.perform(batch.map(({ write }) => write));
      for (const entry of batch) settle([entry], refused.get(entry.write.name) ?? null);
    } catch (error) {
      settle(batch, error instanceof Error ? error : new StoreUnavailable(messageOf(error)));
    }
    clearTimeout(timer);
    busyLanes -= 1;
    if (overdue) overdueLanes -= 1;
    for (const { write } of batch) busyNames.delete(write.name);
    schedule();
    resolveWhenIdle();
  }

  function rejectWaiting(error: Error): void {
    const rejected = [...waiting.values()];
    waiting.clear();
    settle(rejected, error);
    resolveWhenIdle();
  }

  function resolveWhenIdle(): void {
    if (busyLanes === 0 && waiting.size === 0) closed?.resolve();
  }

  return {
    async add(write) {
      if (closed !== null) throw new StoreUnavailable('the store is closed');
      if (overdueLanes === options.lanesMax) throw overdueError(options.overdueMs);
      const performed = enqueue(waiting, write);
      schedule();
      return performed;
    },
    rejectWaiting,
    async close() {
      closed ??= Promise.withResolvers();
      resolveWhenIdle();
      // A lane that hangs must not keep the process from ending.
      const late = setTimeout(closed.resolve, options.overdueMs);
      await closed.promise;
      clearTimeout(late);
    },
  };
}

/** An older write of the name gives its place and its promises to the new one. */
function enqueue<Value>(waiting: Map<string, Waiting<Value>>, write: QueuedWrite<Value>): Promise<void> {
  const promise = Promise.withResolvers<void>();
  const older = waiting.get(write.name)?.promises ?? [];
  waiting.set(write.name, { write, promises: [...older, promise] });
  return promise.promise;
}

function takeBatch<Value>(from: {
  readonly waiting: Map<string, Waiting<Value>>;
  readonly busyNames: Set<string>;
  readonly options: WriteQueueOptions<Value>;
}): Waiting<Value>[] {
  const { waiting, busyNames, options } = from;
  const batch: Waiting<Value>[] = [];
  let bytes = 0;
  for (const [name, entry] of waiting) {
    if (busyNames.has(name)) continue;
    bytes += entry.write.bytes;
    if (batch.length > 0 && bytes > options.batchBytesMax) break;
    batch.push(entry);
    if (batch.length === options.batchWritesMax) break;
  }
  for (const { write } of batch) {
    waiting.delete(write.name);
    busyNames.add(write.name);
  }
  return batch;
}

function settle<Value>(entries: readonly Waiting<Value>[], error: Error | null): void {
  for (const { promises } of entries) {
    for (const promise of promises) {
      if (error === null) promise.resolve();
      else promise.reject(error);
    }
  }
}

function overdueError(overdueMs: number): StoreUnavailable {
  return new StoreUnavailable(`the store did not finish a write in ${overdueMs} ms`);
}
