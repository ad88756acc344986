/** Reports in etcd, under `<tree>/agents/<name>`, for several collectors; each ends when its agent stays silent. */

import { keptForMs } from '../../domain/connectivity/agent-judgement.ts';
import { createEtcdClient, type EtcdClientOptions } from './etcd-client.ts';
import { createLeasesByTtl } from './etcd-leases.ts';
import { parseLeaseId } from './etcd-messages.ts';
import { describeFailure, type EtcdListing, type EtcdWatchOptions, listEtcd, watchEtcd } from './etcd-watch.ts';
import { type EtcdTarget, type KeptText, probeWrite, unavailable, writeRecords } from './etcd-writes.ts';
import type { AgentRecord, ChangeListener, ReportStore } from './report-store.ts';
import { createSeenRecords, type SeenRecords } from './seen-records.ts';
import { createStoreHealth, createWatchHealth, type StoreHealth } from './store-health.ts';
import { parseRecordText, recordText } from './stored-record.ts';
import { createWriteQueue, type WriteQueue } from './write-queue.ts';

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
/** What etcd counts of a write beside its key and value. */
const WRITE_OVERHEAD_BYTES = 64;
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

  const target: EtcdTarget = { client, leases, prefix };
  const health = createStoreHealth({ probe: () => probeWrite(target, recordTtlMs), onProblem });
  const watchHealth = createWatchHealth({ onProblem });
  const queue = createEtcdQueue(target, { health, timeoutMs, onCommit });
  const bytesOf = (name: string, text: string) =>
    WRITE_OVERHEAD_BYTES + Buffer.byteLength(prefix) + Buffer.byteLength(name) + Buffer.byteLength(text);

  return {
    async open(onChange: ChangeListener) {
      const seen = createSeenRecords({ parse: parseRecordText, place: prefix, onChange, onProblem });
      const beginListing = () => listingOf(seen, prefix);
      try {
        const revision = await listEtcd(client, prefix, beginListing());
        const hearing = {
          onFailure: (error: unknown) => watchHealth.failed(describeFailure(error)),
          onAlive: () => watchHealth.alive(),
        };
        const { signal } = stopping;
        watching ??= watchEtcd(
          { client, prefix, signal, beginListing, ...hearing, ...eventListener(seen, prefix) },
          revision,
        );
      } catch (error) {
        throw unavailable(error);
      }
    },
    save(record: AgentRecord) {
      const text = recordText(record);
      const ttlMs = keptForMs({ intervalMs: record.report.report_interval * SECOND_MS }, { reportTtlMs: recordTtlMs });
      return queue.add({ name: record.name, value: { text, ttlMs }, bytes: bytesOf(record.name, text) });
    },
    async remove(names) {
      await Promise.all(names.map((name) => queue.add({ name, value: null, bytes: bytesOf(name, '') })));
    },
    problem: () => health.problem() ?? watchHealth.problem(),
    async close() {
      await queue.close();
      stopping.abort();
      await client.close();
      await Promise.all([watching, health.stop()]);
    },
  };
}

interface EtcdQueueOptions extends Pick<EtcdStoreOptions, 'timeoutMs'> {
  readonly health: StoreHealth;
  readonly onCommit: EtcdStoreOptions['onCommit'];
}

function createEtcdQueue(target: EtcdTarget, { health, timeoutMs, onCommit }: EtcdQueueOptions): WriteQueue<KeptText> {
  const onWritten = (recordCount: number) => {
    health.worked();
    onCommit?.(recordCount);
  };
  const queue = createWriteQueue<KeptText>({
    lanesMax: 1,
    batchWritesMax: BATCH_WRITES_MAX,
    batchBytesMax: BATCH_BYTES_MAX,
    overdueMs: REQUESTS_OF_BATCH_MAX * timeoutMs,
    onOverdue: (error) => health.failed(error),
    async perform(batch) {
      try {
        return await writeRecords(target, batch, {
          health,
          onWritten,
        });
      } catch (error) {
        const problem = unavailable(error);
        health.failed(problem);
        queue.rejectWaiting(problem);
        throw problem;
      }
    },
  });
  return queue;
}

/** Turns what happens to keys into what happens to records. */
function eventListener(seen: SeenRecords, prefix: string): Pick<EtcdWatchOptions, 'onEvent'> {
  return {
    onEvent({ kind, key, value }) {
      if (kind === 'delete') seen.removed(key.slice(prefix.length));
      else seen.set(key.slice(prefix.length), value);
    },
  };
}

function listingOf(seen: SeenRecords, prefix: string): EtcdListing {
  const listing = seen.list();
  return {
    page: (entries) => entries.forEach(({ key, value }) => listing.set(key.slice(prefix.length), value)),
    end: () => listing.end(),
  };
}
