/** Requests to etcd's JSON gateway: to one endpoint, and to the next when that one does not serve. */

import { type Dispatcher, request } from 'undici';

import { messageOf } from '../../domain/error-message.ts';
import { createEtcdConnections, type EtcdTlsFiles } from './etcd-connections.ts';

/** etcd refused, or no answer came. */
export class EtcdError extends Error {
  override readonly name = 'EtcdError';
  /** HTTP status; null where no answer came. */
  readonly status: number | null;

  constructor(message: string, { status, cause }: { status: number | null; cause?: unknown }) {
    super(message, { cause });
    this.status = status;
  }
}

/** An answer has more bytes than are read. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

export interface EtcdClientOptions extends EtcdTlsFiles {
  readonly endpoints: readonly string[];
  /** For a request with all its tries; for a watch the time until its answer begins. */
  readonly timeoutMs: number;
}

export interface EtcdClient {
  /** The parsed body of a 200 answer. Throws `EtcdError`, or `AnswerTooLarge`. */
  call(path: EtcdPath, body: object): Promise<unknown>;
  /** Throws `EtcdError` until the answer begins, then what the connection throws. */
  stream(path: EtcdPath, body: object, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  close(): Promise<void>;
}

export type EtcdPath = '/v3/kv/range' | '/v3/kv/txn' | '/v3/lease/grant' | '/v3/watch';

/** What Go's HTTP server answers where nothing is served. */
const PATH_UNKNOWN = '404 page not found';
const NO_GATEWAY = 'it serves no JSON gateway; it must run without `--enable-grpc-gateway=false`';

/** Parsed it takes several times that. */
const ANSWER_BYTES_MAX = 8 * 1_024 * 1_024;

interface Attempt {
  readonly path: EtcdPath;
  readonly body: object;
  readonly signal: AbortSignal;
}

export function createEtcdClient(options: EtcdClientOptions): EtcdClient {
  const endpoints = options.endpoints.map((endpoint) => endpoint.replace(/\/$/, ''));
  const attemptMs = Math.ceil(options.timeoutMs / Math.max(1, endpoints.length));
  const connections = createEtcdConnections(options, { connectTimeoutMs: attemptMs });
  /** Where the last answer came from. */
  let position = 0;

  async function send(attempt: Attempt, endpoint: string): Promise<Dispatcher.ResponseData> {
    const answer = await request(`${endpoint}${attempt.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(attempt.body),
      signal: attempt.signal,
      dispatcher: connections.current(),
    });
    if (answer.statusCode === 200) return answer;
    const message = messageIn(await answer.body.text());
    if (message === PATH_UNKNOWN) throw new EtcdError(`etcd at ${endpoint}: ${NO_GATEWAY}`, { status: 501 });
    throw new EtcdError(`etcd at ${endpoint}: ${answer.statusCode} ${message}`, { status: answer.statusCode });
  }

  /** The time is shared by the endpoints, so that one which hangs leaves some for the others. */
  async function onAnyEndpoint<T>(ask: (endpoint: string, signal: AbortSignal) => Promise<T>): Promise<T> {
    let failure = new EtcdError('no endpoint of etcd is configured', { status: null });
    for (let tries = 0; tries < endpoints.length; tries += 1) {
      const index = position;
      const endpoint = endpoints[index] ?? '';
      try {
        return await ask(endpoint, AbortSignal.timeout(attemptMs));
      } catch (error) {
        if (error instanceof AnswerTooLarge) throw error;
        failure = etcdError(error, endpoint);
        if (!isOfEndpoint(failure)) throw failure;
        // Another request may have gone on already.
        if (position === index) position = (index + 1) % endpoints.length;
      }
    }
    throw failure;
  }

  return {
    call: (path, body) =>
      onAnyEndpoint(async (endpoint, signal) => {
        const answer = await send({ path, body, signal }, endpoint);
        return JSON.parse(await boundedText(answer.body)) as unknown;
      }),
    stream: (path, body, signal) =>
      onAnyEndpoint(async (endpoint, timeout) => {
        const late = new AbortController();
        const abort = () => late.abort(timeout.reason);
        timeout.addEventListener('abort', abort);
        const answer = await send({ path, body, signal: AbortSignal.any([signal, late.signal]) }, endpoint);
        timeout.removeEventListener('abort', abort);
        return answer.body;
      }),
    close: () => connections.close(),
  };
}

async function boundedText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new AnswerTooLarge(`etcd: an answer of more than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Whether another endpoint may do better: no answer came, or etcd says that this member cannot serve. */
function isOfEndpoint({ status }: EtcdError): boolean {
  return status === null || status >= 500;
}

function etcdError(error: unknown, endpoint: string): EtcdError {
  if (error instanceof EtcdError) return error;
  return new EtcdError(`etcd at ${endpoint}: ${messageOf(error)}`, { status: null, cause: error });
}

/** The gateway answers `{code, message}`. */
function messageIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    const message: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'message') : null;
    return typeof message === 'string' ? message : text.trim().slice(0, 200);
  } catch {
    return text.trim().slice(0, 200);
  }
}
