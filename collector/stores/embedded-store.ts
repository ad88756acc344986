/** Reports in a SQLite file of this process: all saves that are due share one transaction and one flush of the disk. */

import { messageOf } from '../../runtime/log.ts';
import { type AgentRecord, type ReportStore, StoreUnavailable } from '../report-store.ts';
import type { StoredRow } from './sqlite-messages.ts';
import { createSqliteThread } from './sqlite-thread.ts';
import { createStoreHealth } from './store-health.ts';
import { parseRecordText, recordText } from './stored-record.ts';
import { createWriteQueue } from './write-queue.ts';

export interface EmbeddedStoreOptions {
  readonly path: string;
  /** A record that cannot be read, or an outage that begins; one line. */
  readonly onProblem: (message: string) => void;
  /** A transaction of so many records was flushed. */
  readonly onCommit?: (recordCount: number) => void;
}

/** A commit stays short enough not to be felt, and far above what comes in during one. */
const BATCH_WRITES_MAX = 2_000;
const BATCH_BYTES_MAX = 8 * 1_024 * 1_024;
/** A disk that takes longer does not answer. */
const COMMIT_OVERDUE_MS = 10_000;

/** `open` rejects with `StoreUnusable` where the file is damaged, cannot be written or is another program's. */
export function createEmbeddedStore({ path, onProblem, onCommit }: EmbeddedStoreOptions): ReportStore {
  const thread = createSqliteThread(path);

  async function commit(rows: readonly StoredRow[]): Promise<void> {
    try {
      await thread.ask({ kind: 'commit', rows });
      health.worked();
    } catch (error) {
      const unavailable = new StoreUnavailable(messageOf(error), { cause: error });
      health.failed(unavailable);
      queue.rejectWaiting(unavailable);
      throw unavailable;
    }
  }

  const health = createStoreHealth({ probe: () => commit([]), onProblem });
  const queue = createWriteQueue<string>({
    lanesMax: 1,
    batchWritesMax: BATCH_WRITES_MAX,
    batchBytesMax: BATCH_BYTES_MAX,
    overdueMs: COMMIT_OVERDUE_MS,
    onOverdue: (error) => health.failed(error),
    async perform(batch) {
      await commit(batch.map(({ name, value }) => ({ name, text: value })));
      onCommit?.(batch.length);
    },
  });

  return {
    async open() {
      try {
        const rows = await thread.ask({ kind: 'open' });
        return readRecords(rows, { path, onProblem });
      } catch (error) {
        await thread.end();
        throw error;
      }
    },
    save(record) {
      const text = recordText(record);
      return queue.add({ name: record.name, value: text, bytes: text.length });
    },
    async remove(names) {
      await Promise.all(names.map((name) => queue.add({ name, value: null, bytes: name.length })));
    },
    problem: () => health.problem(),
    async close() {
      await queue.close();
      await Promise.all([health.stop(), thread.end()]);
    },
  };
}

function readRecords(
  rows: readonly StoredRow[],
  { path, onProblem }: Pick<EmbeddedStoreOptions, 'path' | 'onProblem'>,
): AgentRecord[] {
  return rows.flatMap(({ name, text }) => {
    try {
      return [parseRecordText(text ?? '', name)];
    } catch (error) {
      onProblem(`the record ${JSON.stringify(name)} in ${path} cannot be read: ${messageOf(error)}`);
      return [];
    }
  });
}
