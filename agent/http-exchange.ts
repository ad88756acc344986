/** One HTTP request over a connection of its own, with the time of each phase; bounded in time and in bytes. */

import type { ClientRequest, IncomingMessage } from 'node:http';
import type { request as httpsRequest, RequestOptions } from 'node:https';
import type { LookupFunction, Socket, TcpNetConnectOpts } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import { type Course, type Exchange, exchangeOf, newCourse } from './exchange-course.ts';
import { addressTimeoutMs, type HostLookup, lookupFunction } from './host-lookup.ts';
import { reasonOf } from './reason.ts';

export interface ExchangeRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Certificate authority in PEM; null for the public ones. */
  readonly ca: string | null;
  readonly timeoutMs: number;
  /** Bytes of the answer's body that are kept; the rest is read, up to `BODY_BYTES_MAX`, and dropped. */
  readonly bodyKeptMax: number;
  /** Says by the head of an answer that its body is not wanted. */
  readonly isBodyless?: (answer: IncomingMessage) => boolean;
  readonly lookup: HostLookup;
}

/** An endless answer ends here, without an error: it was long enough to measure. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** Never rejects. */
export async function exchange(wanted: ExchangeRequest): Promise<Exchange> {
  const course = newCourse();
  try {
    const request = clientFor(wanted.url).request(optionsOf(wanted, lookupOf(wanted.lookup, course)));
    await follow(request, wanted, course);
  } catch (error) {
    // A header that is none, for example.
    course.error ??= reasonOf(error);
  }
  return exchangeOf(course);
}

/**
 * An import of `node:http` reads all that it exports, and that loads the web's own HTTP client: twelve megabytes that
 * an agent does not need. TLS, four more, is loaded only where it is used.
 */
function clientFor({ protocol }: URL): { readonly request: typeof httpsRequest } {
  return protocol === 'https:' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http');
}

function optionsOf(
  wanted: ExchangeRequest,
  lookup: LookupFunction,
): RequestOptions & Pick<TcpNetConnectOpts, 'autoSelectFamilyAttemptTimeout'> {
  const { url, method, headers, ca, timeoutMs } = wanted;
  return {
    ...urlToHttpOptions(url),
    method,
    headers: { 'User-Agent': 'vigilante-agent', ...headers },
    lookup,
    // A connection of its own: nothing would be measured on one that is open already.
    agent: false,
    autoSelectFamilyAttemptTimeout: addressTimeoutMs(timeoutMs),
    ...(ca === null ? {} : { ca }),
  };
}

/** Resolves when the connection is closed, which is at the end, at an error, or at the time limit. */
function follow(request: ClientRequest, wanted: ExchangeRequest, course: Course): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    request.destroy(new Error(`the time was up after ${(wanted.timeoutMs / 1_000).toFixed(1)} s`));
  }, wanted.timeoutMs);
  const fail = (error: Error): void => {
    if (!course.isEnough) course.error ??= reasonOf(error);
  };
  request.on('error', fail);
  request.on('close', () => {
    clearTimeout(timer);
    if (course.answer === null) course.error ??= 'the connection was closed without an answer';
    resolve();
  });
  request.on('socket', (socket) => {
    socket.once('connect', () => {
      course.connectedMs = performance.now();
    });
    // Before the parser sees it, which may report the whole answer at once.
    socket.prependOnceListener('data', () => {
      course.firstByteMs = performance.now();
    });
  });
  request.on('finish', () => {
    course.sentMs = performance.now();
  });
  request.on('response', (answer) => {
    course.answer = answer;
    answer.on('error', fail);
    const stop = (): void => {
      course.isEnough = true;
      request.destroy();
    };
    if (wanted.isBodyless?.(answer) === true) stop();
    else readBody(answer, { course, keptMax: wanted.bodyKeptMax, stop });
  });
  request.on('upgrade', (answer: IncomingMessage, socket: Socket) => {
    course.answer = answer;
    course.isEnough = true;
    socket.destroy();
    request.destroy();
  });
  request.end(wanted.body);
  return promise;
}

function readBody(
  answer: IncomingMessage,
  { course, keptMax, stop }: { course: Course; keptMax: number; stop: () => void },
): void {
  answer.on('data', (chunk: Buffer) => {
    const room = keptMax - course.bodyBytes;
    if (room > 0) course.body += chunk.subarray(0, room).toString('utf8');
    course.bodyBytes += chunk.length;
    if (course.bodyBytes > BODY_BYTES_MAX) stop();
  });
}

/** Notes when the lookup began and ended. An address is not looked up: then it takes no time. */
function lookupOf(lookup: HostLookup, course: Course): LookupFunction {
  return lookupFunction(lookup, ({ startedMs, endedMs }) => {
    // The wait for a thread is none of the network's.
    course.startedMs = Math.max(course.startedMs, startedMs);
    course.lookedUpMs = endedMs;
  });
}
