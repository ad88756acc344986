/**
 * Bounds what answers hold in memory until their readers have taken them. The oldest is broken off for a newer one:
 * readers who do not read never keep others from an answer.
 */

import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';

export interface PendingAnswersOptions {
  /** Bytes of all answers together. */
  readonly bytesMax: number;
  /** Counted for an answer that is made piece by piece: the pieces, and the list that they are made from. */
  readonly streamBytes: number;
}

/** An answer of which nothing was taken for so long is broken off. */
const STALLED_MS = 30_000;
/** Small answers are not worth the counting. */
const COUNTED_BYTES_MIN = 16_384;

export function boundAnswers(server: FastifyInstance, { bytesMax, streamBytes }: PendingAnswersOptions): void {
  const pending = new Map<ServerResponse, number>();
  let bytes = 0;

  function forget(response: ServerResponse): void {
    bytes -= pending.get(response) ?? 0;
    pending.delete(response);
  }

  server.addHook('onSend', async (_request, { raw }, payload) => {
    const size = payload instanceof Readable ? streamBytes : sizeOf(payload);
    if (size < COUNTED_BYTES_MIN || raw.destroyed) return;
    bytes += size;
    for (const oldest of pending.keys()) {
      if (bytes <= bytesMax) break;
      forget(oldest);
      oldest.destroy();
    }
    pending.set(raw, size);
    raw.setTimeout(STALLED_MS, () => raw.destroy());
    raw.once('close', () => forget(raw));
  });
}

/** Sends pieces of text as fast as they are taken, and no faster. */
export function sendPieces(reply: FastifyReply, pieces: AsyncIterable<string>): FastifyReply {
  // The pieces of an answer that has no body would be made all the same.
  if (reply.request.method === 'HEAD') return reply.send('');
  return reply.send(Readable.from(pieces, { objectMode: false }));
}

function sizeOf(payload: unknown): number {
  return typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : 0;
}
