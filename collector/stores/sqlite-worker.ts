/** The thread that writes the file of the embedded store: a flush of the disk must not hold up the answers to agents. */

import { parentPort, workerData } from 'node:worker_threads';
import { ownMessageOf } from '../../domain/error-message.ts';
import { FileUnusable, openSqliteFile, type SqliteFile } from './sqlite-file.ts';
import type { SqliteAnswer, SqliteRequest } from './sqlite-messages.ts';

const path = String(workerData);
/** Null before the first request and after a failure: the next request opens it again, so that it recovers by itself. */
let file: SqliteFile | null = null;

function answerTo(request: SqliteRequest): SqliteAnswer {
  if (request.kind === 'close') {
    file?.close();
    file = null;
    return { kind: 'done' };
  }
  file ??= openSqliteFile(path);
  if (request.kind === 'page') return { kind: 'rows', rows: file.rowsAfter(request.after) };
  file.commit(request.rows);
  return { kind: 'done' };
}

function closeAfterFailure(): void {
  try {
    file?.close();
  } catch {
    // The failure that led here is answered.
  }
  file = null;
}

parentPort?.on('message', (request: SqliteRequest) => {
  let answer: SqliteAnswer;
  try {
    answer = answerTo(request);
  } catch (error) {
    closeAfterFailure();
    const message = ownMessageOf(error);
    answer = { kind: 'failed', unusable: error instanceof FileUnusable, message };
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- A thread has no origin.
  parentPort?.postMessage(answer);
  if (request.kind === 'close') parentPort?.close();
});
