/** Stands between a worker and Temporal, and knows which call is under way: so a worker can die before or after it. */

import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  constants,
  createSecureServer,
  createServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Stream,
} from 'node:http2';
import type { SecureContextOptions } from 'node:tls';
import { LOOPBACK } from '../../sandbox/ports.ts';

export interface RpcHooks {
  /** The call has arrived here and not yet at the server; the method without its service, such as `StartWorkflow…`. */
  readonly before: (method: string) => Promise<void>;
  /** The server has answered and the worker does not know yet. An answer without content brings no task. */
  readonly after: (method: string, isEmpty: boolean) => Promise<void>;
  /** Calls that are not allowed are answered UNAUTHENTICATED; default: all are. */
  readonly isAllowed?: (headers: IncomingHttpHeaders) => boolean;
}

export interface TemporalProxy {
  readonly address: string;
  /** Of a proxy with TLS: from now on these certificates decide, and all connections are cut. */
  renew(tls: SecureContextOptions): void;
  close(): Promise<void>;
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Null where the headers came alone. */
  readonly trailers: IncomingHttpHeaders | null;
}

/** A message without content is only its prefix: one byte and its length in four. */
const EMPTY_MESSAGE_BYTES = 5;

/** @param tls with `requestCert` clients need a certificate, too; default: no TLS */
export async function openTemporalProxy(
  port: number,
  hooks: RpcHooks,
  tls: SecureServerOptions | null = null,
): Promise<TemporalProxy> {
  let upstream: ClientHttp2Session | null = null;
  const sessions = new Set<Http2Session>();

  function session(): ClientHttp2Session {
    if (upstream === null || upstream.closed || upstream.destroyed) {
      upstream = connect(`http://${LOOPBACK}:${port}`);
      // Each call hears of it by itself.
      upstream.on('error', () => {});
    }
    return upstream;
  }

  async function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const method = (headers[':path'] ?? '').split('/').at(-1) ?? '';
    if (hooks.isAllowed?.(headers) === false) return refuse(stream);
    const body = await bodyOf(stream);
    await hooks.before(method);
    const answer = await call(session(), { stream, headers, body });
    await hooks.after(method, answer.body.length <= EMPTY_MESSAGE_BYTES);
    reply(stream, answer);
  }

  const secure = tls === null ? null : createSecureServer(tls);
  const server = secure ?? createServer();
  server.on('session', (one) => {
    sessions.add(one);
    one.once('close', () => sessions.delete(one));
    one.on('error', () => {});
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    serve(stream, headers).catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  return {
    address: `${LOOPBACK}:${typeof address === 'object' && address !== null ? address.port : 0}`,
    renew(context) {
      secure?.setSecureContext(context);
      for (const one of sessions) one.destroy();
    },
    async close() {
      for (const one of sessions) one.destroy();
      upstream?.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function refuse(stream: ServerHttp2Stream): void {
  const status = { 'grpc-status': '16', 'grpc-message': 'these credentials are not known' };
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...status }, { endStream: true });
}

async function bodyOf(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function call(
  upstream: ClientHttp2Session,
  { stream, headers, body }: { stream: ServerHttp2Stream; headers: IncomingHttpHeaders; body: Buffer },
): Promise<Answer> {
  const outgoing = upstream.request(headers);
  // The server must not hand a task to a worker that is dead.
  stream.once('close', () => outgoing.close(constants.NGHTTP2_CANCEL));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders | null = null;
    outgoing.on('response', (headers) => {
      received = headers;
    });
    outgoing.on('trailers', (headers) => {
      trailers = headers;
    });
    outgoing.on('data', (chunk: Buffer) => chunks.push(chunk));
    outgoing.on('end', () => resolve({ headers: received, body: Buffer.concat(chunks), trailers }));
    outgoing.on('error', reject);
    outgoing.on('close', () => reject(new Error('the call was closed without an answer')));
    outgoing.end(body);
  });
}

function reply(stream: ServerHttp2Stream, { headers, body, trailers }: Answer): void {
  if (stream.closed || stream.destroyed) return;
  if (trailers === null) {
    stream.respond(headers, { endStream: true });
    return;
  }
  stream.respond(headers, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(body);
}
