/**
 * The file of the embedded store: opened for this process alone, its version checked, rows in and out.
 *
 * Runs in the thread of sqlite-worker.ts. Nothing else may open and close the file in this process. POSIX gives up all
 * locks of a process on a file when any of its descriptors for it is closed.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

import { accessProblem } from './file-access.ts';
import type { StoredRow } from './sqlite-messages.ts';

export interface SqliteFile {
  /** The next rows in the order of names, as many as fit a page; at least one where there is one. */
  rowsAfter(name: string): StoredRow[];
  commit(rows: readonly StoredRow[]): void;
  close(): void;
}

/** A person must look: trying again cannot help. */
export class FileUnusable extends Error {
  override readonly name = 'FileUnusable';
}

/** Version of the tables below; a file with another one is not touched. */
const SCHEMA_VERSION = 1;
/** "VGLR": marks the file as ours among databases of other programs. */
const APPLICATION_ID = 0x56_47_4c_52;

const SCHEMA = `
  CREATE TABLE reports (name TEXT PRIMARY KEY, record TEXT NOT NULL);
  CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL);
  INSERT INTO probe VALUES (1, 0);
`;

/** Size of the rows that are read at a time. */
const PAGE_BYTES_MAX = 1_024 * 1_024;

/** SQLite's primary result codes for which trying again does not help. */
const UNUSABLE_CODES: readonly number[] = [3, 8, 11, 14, 26];
const BUSY_CODE = 5;

/** Throws `FileUnusable`, or an `Error` where trying again can help; both name the path. */
export function openSqliteFile(path: string): SqliteFile {
  const refused = accessProblem(path);
  if (refused !== null) throw new FileUnusable(refused);
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    prepareDatabase(database, path);
    noteOwner(path);
    return sqliteFile(database, path);
  } catch (error) {
    closeQuietly(database);
    throw describedError(error, path);
  }
}

function prepareDatabase(database: DatabaseSync, path: string): void {
  // Held from the first read until the process ends, however it ends; also spares the shared memory file.
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  const version = pragma(database, 'user_version');
  const isEmpty = database.prepare('SELECT count(*) AS value FROM sqlite_schema').get()?.['value'] === 0;
  if (version > SCHEMA_VERSION) {
    throw new FileUnusable(
      `${path} has schema version ${version}, this program knows ${SCHEMA_VERSION}: it was written by a newer one`,
    );
  }
  if (!isEmpty && (version === 0 || pragma(database, 'application_id') !== APPLICATION_ID)) {
    throw new FileUnusable(`${path} is a SQLite database of another program`);
  }
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  if (isEmpty) {
    const stamps = `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION};`;
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} ${stamps} COMMIT`);
  }
  const check = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (check !== 'ok') throw new FileUnusable(`${path} is damaged: ${String(check)}`);
  // Frames of a log whose flush failed may be in memory only: written to the file itself and flushed, they are safe.
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

function sqliteFile(database: DatabaseSync, path: string): SqliteFile {
  const select = database.prepare('SELECT name, record FROM reports WHERE name > ? ORDER BY name');
  const upsert = database.prepare(
    'INSERT INTO reports VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET record = excluded.record',
  );
  const remove = database.prepare('DELETE FROM reports WHERE name = ?');
  const probe = database.prepare('UPDATE probe SET count = count + 1');
  return {
    rowsAfter(after) {
      const rows: StoredRow[] = [];
      let bytes = 0;
      for (const { name, record } of select.iterate(after)) {
        const row = { name: String(name), text: String(record) };
        bytes += Buffer.byteLength(row.text);
        if (bytes > PAGE_BYTES_MAX && rows.length > 0) break;
        rows.push(row);
      }
      return rows;
    },
    commit(rows) {
      try {
        database.exec('BEGIN IMMEDIATE');
        // An empty commit is a probe; without a changed row nothing would be written.
        if (rows.length === 0) probe.run();
        for (const row of rows) writeRow({ upsert, remove }, row);
        database.exec('COMMIT');
      } catch (error) {
        throw describedError(error, path);
      }
    },
    close() {
      // While the lock still holds: afterwards it may be the next owner's note.
      rmSync(ownerPath(path), { force: true });
      database.close();
    },
  };
}

function writeRow(statements: { upsert: StatementSync; remove: StatementSync }, { name, text }: StoredRow): void {
  if (text === null) statements.remove.run(name);
  else statements.upsert.run(name, text);
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function describedError(error: unknown, path: string): Error {
  if (error instanceof FileUnusable || !(error instanceof Error)) return asError(error);
  const code = Number(Reflect.get(error, 'errcode')) & 0xff;
  const message = `${path}: ${error.message}`;
  if (code === BUSY_CODE) {
    return new Error(`${path} belongs to another process${ownerNote(path)}; only one may have it`, { cause: error });
  }
  return UNUSABLE_CODES.includes(code)
    ? new FileUnusable(message, { cause: error })
    : new Error(message, { cause: error });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function closeQuietly(database: DatabaseSync | null): void {
  try {
    database?.close();
  } catch {
    // What went wrong before is thrown.
  }
}

function ownerPath(path: string): string {
  return `${path}.owner`;
}

/** Only for the message of whoever comes second; the lock is SQLite's. */
function noteOwner(path: string): void {
  try {
    writeFileSync(ownerPath(path), `process ${process.pid} on ${hostname()}\n`);
  } catch {
    // A full disk is no reason to refuse to read.
  }
}

function ownerNote(path: string): string {
  try {
    return ` (${readFileSync(ownerPath(path), 'utf8').trim()})`;
  } catch {
    return '';
  }
}
