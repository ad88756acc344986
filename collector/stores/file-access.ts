/** Whether this user may have the files of the embedded store: SQLite itself only says "disk I/O error". */

import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** What SQLite writes beside the file, under its name. */
const SUFFIXES = ['', '-wal', '-shm', '-journal'];

/** Null where all of them can be read and written, and new ones made; else what cannot, whose it is, and who asks. */
export function accessProblem(path: string): string | null {
  const folder = dirname(path);
  if (isThere(folder) && !isAllowed(folder, constants.W_OK | constants.X_OK)) return refusal(folder, 'write into');
  const refused = SUFFIXES.map((suffix) => `${path}${suffix}`).find(
    (file) => isThere(file) && !isAllowed(file, constants.R_OK | constants.W_OK),
  );
  return refused === undefined ? null : refusal(refused, 'read and write');
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function refusal(path: string, use: string): string {
  const { uid, gid } = statSync(path);
  const us = `user ${process.getuid?.()}, group ${process.getgid?.()}`;
  return `no permission to ${use} ${path}, which belongs to user ${uid}, group ${gid}: this process runs as ${us}; run it as before, or give the file to that user`;
}
