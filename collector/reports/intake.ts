/**
 * Reads the bodies of requests within one bound for all that are under way. Where they are too many, the oldest body
 * that has not come to its end makes room: slow senders never keep others out.
 */

import type { Readable } from 'node:stream';

export interface Intake {
  /** Throws `BodyProblem`. What was read counts until `release`. */
  read(body: Readable, options: BodyOptions): Promise<Buffer>;
  /** The request was answered, or is needed no longer. */
  release(body: Readable): void;
}

export interface BodyOptions {
  /** As the request announces it; null where it comes in chunks. */
  readonly announcedBytes: number | null;
  readonly bytesMax: number;
}

/** With the HTTP status that answers it. */
export class BodyProblem extends Error {
  override readonly name = 'BodyProblem';
  readonly statusCode: number;

  constructor(message: string, statusCode: number) {
    super(message);
    this.statusCode = statusCode;
  }
}

interface Held {
  bytes: number;
  /** Null when the whole body was read. */
  giveUp: ((problem: BodyProblem) => void) | null;
}

export function createIntake({ bytesMax: totalBytesMax }: { readonly bytesMax: number }): Intake {
  const held = new Map<Readable, Held>();
  let totalBytes = 0;

  function release(body: Readable): void {
    totalBytes -= held.get(body)?.bytes ?? 0;
    held.delete(body);
  }

  /** False where no other body can make room. */
  function makeRoom(bytes: number, besides: Readable): boolean {
    for (const [body, { giveUp }] of held) {
      if (totalBytes + bytes <= totalBytesMax) break;
      if (body === besides || giveUp === null) continue;
      giveUp(new BodyProblem('the body came too slowly while others waited', 408));
      release(body);
    }
    return totalBytes + bytes <= totalBytesMax;
  }

  async function read(body: Readable, { announcedBytes, bytesMax }: BodyOptions): Promise<Buffer> {
    const tooLarge = new BodyProblem(
      `the body: more than ${bytesMax} bytes: collector.bodyBytesMax allows no more`,
      413,
    );
    if (announcedBytes !== null && announcedBytes > bytesMax) throw tooLarge;
    const chunks: Buffer[] = [];
    const mine: Held = { bytes: 0, giveUp: null };
    held.set(body, mine);
    await new Promise<void>((resolve, reject) => {
      const end = (problem?: Error) => {
        mine.giveUp = null;
        body.off('data', onData).off('end', onEnd).off('error', onClose).off('close', onClose);
        if (problem === undefined) resolve();
        else reject(problem);
      };
      const onData = (chunk: Buffer) => {
        if (mine.bytes + chunk.length > bytesMax) return end(tooLarge);
        if (!makeRoom(chunk.length, body)) return end(new BodyProblem('too many reports arrive at once', 429));
        mine.bytes += chunk.length;
        totalBytes += chunk.length;
        chunks.push(chunk);
      };
      const onEnd = () =>
        end(
          announcedBytes !== null && announcedBytes !== mine.bytes
            ? new BodyProblem(`the body has ${mine.bytes} bytes, ${announcedBytes} were announced`, 400)
            : undefined,
        );
      const onClose = () => end(new BodyProblem('the connection was closed in the middle of the body', 400));
      mine.giveUp = end;
      body.on('data', onData).on('end', onEnd).on('error', onClose).on('close', onClose);
    });
    return Buffer.concat(chunks, mine.bytes);
  }

  return { read, release };
}
