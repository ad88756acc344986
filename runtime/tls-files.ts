/** Certificate and key of an HTTPS server, read again when they change. */

import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';

import type { Log } from './log.ts';

export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/**
 * Kubernetes replaces a mounted secret by swapping a symbolic link, which file watches miss; reading two small files
 * is cheap, and a certificate is renewed weeks before it ends.
 */
const LOOK_EVERY_MS = 10_000;

/** Throws where a file cannot be read. */
export function readTlsFiles(files: TlsFiles): { cert: string; key: string } {
  try {
    return { cert: readFileSync(files.certificateFile, 'utf8'), key: readFileSync(files.keyFile, 'utf8') };
  } catch (cause) {
    throw new Error('tls is on, but http.certificateFile or http.keyFile cannot be read', { cause });
  }
}

export interface TlsWatch {
  readonly files: TlsFiles;
  readonly server: Server;
  readonly log: Log;
  readonly everyMs?: number;
  /** Called after each look at the files. */
  readonly onLook?: () => void;
}

/** Returns how to stop. Files that cannot be read or do not fit together leave the old ones in use. */
export function watchTlsFiles({ files, server, log, everyMs = LOOK_EVERY_MS, onLook }: TlsWatch): () => void {
  let current = JSON.stringify(readTlsFiles(files));
  const look = () => {
    const found = readTlsFiles(files);
    if (JSON.stringify(found) === current) return;
    server.setSecureContext(found);
    current = JSON.stringify(found);
    log.info(`TLS certificate read again from ${files.certificateFile}`);
  };
  const timer = setInterval(() => {
    try {
      look();
    } catch (error) {
      log.error({ error }, `TLS certificate at ${files.certificateFile} cannot be used; the previous one stays`);
    }
    onLook?.();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
