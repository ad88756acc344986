/** Writes batches of records into etcd, and tries whether it takes any. */

import { messageOf } from '../../domain/error-message.ts';
import { type EtcdClient, EtcdError } from './etcd-client.ts';
import type { LeasesByTtl } from './etcd-leases.ts';
import { toBase64 } from './etcd-messages.ts';
import { StoreUnavailable } from './report-store.ts';
import type { StoreHealth } from './store-health.ts';
import { NONE_REFUSED, type QueuedWrite, type RefusedWrites } from './write-queue.ts';

export interface EtcdTarget {
  readonly client: EtcdClient;
  readonly leases: LeasesByTtl;
  /** Beginning of all keys. */
  readonly prefix: string;
}

/** A record as text, and for how long it is kept: an agent that reports seldom must not vanish between its reports. */
export interface KeptText {
  readonly text: string;
  readonly ttlMs: number;
}

export interface BatchOptions {
  readonly health: Pick<StoreHealth, 'takesOthers'>;
  readonly onWritten: (recordCount: number) => void;
}

/**
 * What the gateway answers where etcd is there and does not take a write: too large, too many at once, not allowed, no
 * space left. It says 400 where authentication is switched on and no user is logged in.
 */
const STATUSES_OF_REFUSAL: readonly number[] = [400, 413, 429];
/** As large as an ordinary report. */
const PROBE_BYTES = 4_096;

/**
 * A batch that is refused is written in halves, so that only what is at fault is refused in the end. Throws
 * `StoreUnavailable` where etcd takes nothing.
 */
export async function writeRecords(
  target: EtcdTarget,
  batch: readonly QueuedWrite<KeptText>[],
  options: BatchOptions,
): Promise<RefusedWrites> {
  try {
    await writeBatch(target, batch);
    options.onWritten(batch.length);
    return NONE_REFUSED;
  } catch (error) {
    const problem = unavailable(error);
    if (!isRefusal(error) || !(await options.health.takesOthers(problem))) throw problem;
    return writeHalves(batch, { problem, write: (half) => writeRecords(target, half, { ...options, health: TRIED }) });
  }
}

/** One trial for a batch is enough. */
const TRIED: BatchOptions['health'] = { takesOthers: async () => true };

async function writeHalves(
  batch: readonly QueuedWrite<KeptText>[],
  how: {
    readonly problem: StoreUnavailable;
    readonly write: (half: readonly QueuedWrite<KeptText>[]) => Promise<RefusedWrites>;
  },
): Promise<RefusedWrites> {
  const [first, second] = batch;
  if (first !== undefined && second === undefined) return new Map([[first.name, how.problem]]);
  const middle = Math.ceil(batch.length / 2);
  return new Map([...(await how.write(batch.slice(0, middle))), ...(await how.write(batch.slice(middle)))]);
}

/**
 * Asks for a lease and for a write that comes to nothing. Etcd looks at rights, space and majority before it compares,
 * and no key has a version below 0.
 */
export async function probeWrite({ client, leases, prefix }: EtcdTarget, ttlMs: number): Promise<void> {
  const key = toBase64(`${prefix}probe`);
  try {
    const lease = await leases.of(ttlMs).renew();
    await client.call('/v3/kv/txn', {
      compare: [{ key, target: 'VERSION', result: 'LESS', version: '0' }],
      success: [{ request_put: { key, value: toBase64('x'.repeat(PROBE_BYTES)), lease } }],
    });
  } catch (error) {
    throw unavailable(error);
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof EtcdError && error.status !== null && STATUSES_OF_REFUSAL.includes(error.status);
}

export function unavailable(error: unknown): StoreUnavailable {
  return error instanceof StoreUnavailable ? error : new StoreUnavailable(messageOf(error), { cause: error });
}

async function writeBatch(target: EtcdTarget, batch: readonly QueuedWrite<KeptText>[]): Promise<void> {
  const { client, leases, prefix } = target;
  const ttls = new Set(batch.flatMap(({ value }) => (value === null ? [] : [value.ttlMs])));
  const write = async (leaseOf: (ttlMs: number) => Promise<string>) => {
    const ids = new Map<number, string>();
    for (const ttlMs of ttls) ids.set(ttlMs, await leaseOf(ttlMs));
    const success = batch.map(({ name, value }) => {
      const key = toBase64(prefix + name);
      if (value === null) return { request_delete_range: { key } };
      return { request_put: { key, value: toBase64(value.text), lease: ids.get(value.ttlMs) } };
    });
    return client.call('/v3/kv/txn', { success });
  };
  try {
    await write((ttlMs) => leases.of(ttlMs).current());
  } catch (error) {
    // A lease ended early, for example because a backup of etcd was restored.
    if (!(error instanceof EtcdError && error.status === 404)) throw error;
    leases.forget();
    await write((ttlMs) => leases.of(ttlMs).current());
  }
}
