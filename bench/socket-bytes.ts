/**
 * Loaded into a process under measurement (`node --import`): counts the bytes of its HTTP connections, by the sockets'
 * own counters, and writes the totals to the file that the query of its own URL names.
 */

import { subscribe } from 'node:diagnostics_channel';
import { renameSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

export interface SocketBytes {
  readonly sent: number;
  readonly received: number;
  /** Connections opened. */
  readonly connections: number;
}

const WRITE_EVERY_MS = 1_000;

const file = new URL(import.meta.url).searchParams.get('file');
if (file !== null && isMainThread) count(file);

function count(path: string): void {
  const open = new Set<Socket>();
  const closed = { sent: 0, received: 0, connections: 0 };
  subscribe('undici:client:connected', (message) => {
    const { socket } = message as { socket: Socket };
    open.add(socket);
    closed.connections += 1;
    socket.once('close', () => {
      open.delete(socket);
      closed.sent += socket.bytesWritten;
      closed.received += socket.bytesRead;
    });
  });
  const write = () => {
    const total = { ...closed };
    for (const { bytesWritten, bytesRead } of open) {
      total.sent += bytesWritten;
      total.received += bytesRead;
    }
    // A reader finds the totals of before or of now, never a part.
    writeFileSync(`${path}.new`, JSON.stringify(total satisfies SocketBytes));
    renameSync(`${path}.new`, path);
  };
  setInterval(write, WRITE_EVERY_MS).unref();
}
