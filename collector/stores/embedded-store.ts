/** Reports in a SQLite file of this process: all saves that are due share one transaction and one flush of the disk. */

import { messageOf } from '../../domain/error-message.ts';
import { type AgentRecord, type ChangeListener, type ReportStore, StoreUnavailable } from './report-store.ts';
import type { StoredRow } from './sqlite-messages.ts';
import { createSqliteThread } from './sqlite-thread.ts';
import { createStoreHealth } from './store-health.ts';
import { parseRecordText, recordText } from './stored-record.ts';
import { createWriteQueue, NONE_REFUSED } from './write-queue.ts';

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

/** `open` rejects with `StoreFileFault` where the file is damaged, cannot be written or is another program's. */
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

  /** Returns the names of the records that were not kept. */
  async function readAll(onChange: ChangeListener): Promise<readonly string[]> {
    const unkept: string[] = [];
    for (let after = ''; ; ) {
      const rows = await thread.ask({ kind: 'page', after });
      for (const row of rows) {
        const record = readRow(row, { path, onProblem });
        if (record !== null && !onChange({ kind: 'set', record })) unkept.push(row.name);
      }
      const last = rows.at(-1);
      if (last === undefined) return unkept;
      after = last.name;
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
      return NONE_REFUSED;
    },
  });

  return {
    async open(onChange) {
      try {
        const unkept = await readAll(onChange);
        if (unkept.length === 0) return;
        await commit(unkept.map((name) => ({ name, text: null })));
        onProblem(`${unkept.length} records are removed from ${path}: there is no room for them in memory`);
      } catch (error) {
        await thread.end();
        throw error;
      }
    },
    save(record) {
      const text = recordText(record);
      return queue.add({ name: record.name, value: text, bytes: Buffer.byteLength(text) });
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

function readRow({ name, text }: StoredRow, options: ReadOptions): AgentRecord | null {
  const { path, onProblem } = options;
  try {
    return parseRecordText(text ?? '', name);
  } catch (error) {
    onProblem(`the record ${JSON.stringify(name)} in ${path} cannot be read: ${messageOf(error)}`);
    return null;
  }
}

type ReadOptions = Pick<EmbeddedStoreOptions, 'path' | 'onProblem'>;
