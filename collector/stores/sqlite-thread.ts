/** Starts the thread of sqlite-worker.ts and asks it; a thread that died is started again at the next request. */

import { Worker } from 'node:worker_threads';
import { ownMessageOf } from '../../domain/error-message.ts';
import { StoreFileFault, StoreUnavailable } from './report-store.ts';
import type { SqliteAnswer, SqliteRequest, StoredRow } from './sqlite-messages.ts';

export interface SqliteThread {
  /** The rows of a page, else none. Rejects with `StoreFileFault` or `StoreUnavailable`. */
  ask(request: SqliteRequest): Promise<readonly StoredRow[]>;
  /** Closes the file and ends the thread. */
  end(): Promise<void>;
}

/** It keeps nothing but what is being written; left alone, V8 takes a hundred megabytes for the garbage of that. */
const MEMORY_LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

/** A disk that hangs must not keep the process from ending. */
const CLOSE_TIMEOUT_MS = 10_000;

interface RunningThread {
  readonly worker: Worker;
  readonly exited: Promise<void>;
  readonly asked: PromiseWithResolvers<readonly StoredRow[]>[];
}

export function createSqliteThread(path: string): SqliteThread {
  let running: RunningThread | null = null;

  function start(): RunningThread {
    const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
      workerData: path,
      execArgv: [],
      resourceLimits: MEMORY_LIMITS,
    });
    const asked: PromiseWithResolvers<readonly StoredRow[]>[] = [];
    let failure = 'it ended';
    worker.on('message', (answer: SqliteAnswer) => {
      const first = asked.shift();
      if (first !== undefined) settle(first, answer);
    });
    worker.on('error', (error) => {
      failure = ownMessageOf(error);
    });
    const exited = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        if (running?.worker === worker) running = null;
        rejectAll(asked, new StoreUnavailable(`the thread that writes ${path} is gone: ${failure}`));
        resolve();
      });
    });
    return { worker, exited, asked };
  }

  function ask(request: SqliteRequest): Promise<readonly StoredRow[]> {
    running ??= start();
    const answer = Promise.withResolvers<readonly StoredRow[]>();
    running.asked.push(answer);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- A thread has no origin.
    running.worker.postMessage(request);
    return answer.promise;
  }

  return {
    ask,
    async end() {
      if (running === null) return;
      const { worker, exited, asked } = running;
      ask({ kind: 'close' }).catch(() => undefined);
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, CLOSE_TIMEOUT_MS);
      await Promise.race([exited, late.promise]);
      clearTimeout(timer);
      rejectAll(asked, new StoreUnavailable(`${path} was given up`));
      // Nothing happens where it has ended. Not waited for: a thread in a call of the kernel ends when that returns.
      void worker.terminate();
    },
  };
}

function rejectAll(asked: PromiseWithResolvers<readonly StoredRow[]>[], error: StoreUnavailable): void {
  for (const one of asked.splice(0)) one.reject(error);
}

function settle(asked: PromiseWithResolvers<readonly StoredRow[]>, answer: SqliteAnswer): void {
  if (answer.kind === 'rows') asked.resolve(answer.rows);
  else if (answer.kind === 'done') asked.resolve([]);
  else asked.reject(answer.unusable ? new StoreFileFault(answer.message) : new StoreUnavailable(answer.message));
}
