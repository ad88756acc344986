/** Reports in etcd, under `<tree>/agents/<name>`, for several collectors; each ends when its agent stays silent. */

import { keptForMs } from '../../domain/agent-judgement.ts';
import { messageOf } from '../../runtime/log.ts';
import { type AgentRecord, type RecordChange, type ReportStore, StoreUnavailable } from '../report-store.ts';
import { createEtcdClient, type EtcdClient, type EtcdClientOptions, EtcdError } from './etcd-client.ts';
import { createLeasesByTtl, type LeasesByTtl } from './etcd-leases.ts';
import { type EtcdEntry, parseLeaseId, toBase64 } from './etcd-messages.ts';
import { describeFailure, type EtcdWatchOptions, listEtcd, watchEtcd } from './etcd-watch.ts';
import { createSeenRecords, type SeenRecords, type StoredValue } from './seen-records.ts';
import { createStoreHealth } from './store-health.ts';
import { parseRecordText, recordText } from './stored-record.ts';
import { createWriteQueue, type QueuedWrite } from './write-queue.ts';

export interface EtcdStoreOptions extends EtcdClientOptions {
  /** Begins with a slash and does not end in one. */
  readonly tree: string;
  /** A record is gone between this and a quarter more after it was written; later where its agent reports seldom. */
  readonly recordTtlMs: number;
  readonly onProblem: (message: string) => void;
  /** A transaction of so many records was taken. */
  readonly onCommit?: (recordCount: number) => void;
}

const SECOND_MS = 1_000;
/** etcd's default `--max-txn-ops`. */
const BATCH_WRITES_MAX = 128;
/** Below etcd's default `--max-request-bytes`, 1.5 MiB. */
const BATCH_BYTES_MAX = 1_024 * 1_024;
/** A batch asks for a lease, writes, and once more does both; none takes longer than the timeout. */
const REQUESTS_OF_BATCH_MAX = 4;

export function createEtcdStore(options: EtcdStoreOptions): ReportStore {
  const { tree, recordTtlMs, timeoutMs, onProblem, onCommit } = options;
  const prefix = `${tree}/agents/`;
  const client = createEtcdClient(options);
  const leases = createLeasesByTtl({
    recordTtlMs,
    grant: async (seconds) => parseLeaseId(await client.call('/v3/lease/grant', { TTL: String(seconds) })),
    clock: () => performance.now(),
  });
  const stopping = new AbortController();
  let watching: Promise<void> | null = null;

  const health = createStoreHealth({
    // A write: etcd that is out of space or without a majority still answers reads.
    async probe() {
      await leases.of(recordTtlMs).renew();
    },
    onProblem,
  });

  const queue = createWriteQueue<KeptText>({
    ...{ lanesMax: 1, batchWritesMax: BATCH_WRITES_MAX, batchBytesMax: BATCH_BYTES_MAX },
    overdueMs: REQUESTS_OF_BATCH_MAX * timeoutMs,
    onOverdue: (error) => health.failed(error),
    async perform(batch) {
      try {
        await writeBatch({ client, leases, prefix }, batch);
      } catch (error) {
        const unavailable = new StoreUnavailable(messageOf(error), { cause: error });
        // 400 is about what was sent, for example a record that is too large.
        if (error instanceof EtcdError && error.status === 400) throw unavailable;
        health.failed(unavailable);
        queue.rejectWaiting(unavailable);
        throw unavailable;
      }
      health.worked();
      onCommit?.(batch.length);
    },
  });

  return {
    async open(onChange: (change: RecordChange) => void) {
      const seen = createSeenRecords({ parse: parseRecordText, place: prefix, onChange, onProblem });
      try {
        const { entries, revision } = await listEtcd(client, prefix);
        const records = seen.first(valuesOf(entries, prefix));
        const onFailure = (error: unknown) => health.failed(describeFailure(error));
        watching ??= watchEtcd({ client, prefix, signal: stopping.signal, onFailure, ...told(seen, prefix) }, revision);
        return records;
      } catch (error) {
        throw new StoreUnavailable(messageOf(error), { cause: error });
      }
    },
    save(record: AgentRecord) {
      const text = recordText(record);
      const ttlMs = keptForMs({ intervalMs: record.report.report_interval * SECOND_MS }, { reportTtlMs: recordTtlMs });
      const value = { text, ttlMs };
      return queue.add({ name: record.name, value, bytes: prefix.length + record.name.length + text.length });
    },
    async remove(names) {
      await Promise.all(names.map((name) => queue.add({ name, value: null, bytes: prefix.length + name.length })));
    },
    problem: () => health.problem(),
    async close() {
      await queue.close();
      stopping.abort();
      await client.close();
      await Promise.all([watching, health.stop()]);
    },
  };
}

/** Turns what happens to keys into what happens to records. */
function told(seen: SeenRecords, prefix: string): Pick<EtcdWatchOptions, 'onEvent' | 'onListed'> {
  return {
    onEvent({ kind, key, value }) {
      if (kind === 'delete') seen.removed(key.slice(prefix.length));
      else seen.set(key.slice(prefix.length), value);
    },
    onListed: (entries) => seen.listed(valuesOf(entries, prefix)),
  };
}

function valuesOf(entries: readonly EtcdEntry[], prefix: string): StoredValue<string>[] {
  return entries.map(({ key, value }) => ({ name: key.slice(prefix.length), value }));
}

/** A record as text, and for how long it is kept: an agent that reports seldom must not vanish between its reports. */
interface KeptText {
  readonly text: string;
  readonly ttlMs: number;
}

interface BatchContext {
  readonly client: EtcdClient;
  readonly leases: LeasesByTtl;
  readonly prefix: string;
}

async function writeBatch(context: BatchContext, batch: readonly QueuedWrite<KeptText>[]): Promise<void> {
  const { client, leases, prefix } = context;
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
