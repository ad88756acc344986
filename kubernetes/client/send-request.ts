/** One HTTP request to the API server with given credentials: counted, timed, and left behind when its signal says so. */

import { type Dispatcher, request } from 'undici';

import type { RequestTarget } from './cluster-error.ts';
import type { Credentials } from './credentials.ts';

export interface RequestSample {
  /** Kubernetes' verb: get, list, watch, create, delete, patch. */
  readonly verb: string;
  /** Plural name, such as `pods`. */
  readonly resource: string;
  /** HTTP status; 0 where no answer came. */
  readonly code: number;
  readonly seconds: number;
}

export interface ClusterRequest extends RequestTarget {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
}

interface Sending {
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
  readonly onRequest: ((sample: RequestSample) => void) | undefined;
}

export async function sendRequest(
  target: ClusterRequest,
  { credentials, signal, onRequest }: Sending,
): Promise<Dispatcher.ResponseData> {
  const { server, headers, dispatcher } = credentials;
  const url = new URL(server + target.path);
  for (const [key, value] of Object.entries(target.query ?? {})) url.searchParams.set(key, value);
  const startedMs = performance.now();
  const sample = (code: number) => {
    const { verb, resource } = target;
    onRequest?.({ verb, resource, code, seconds: (performance.now() - startedMs) / 1_000 });
  };
  try {
    const sent = request(url, {
      method: target.method,
      headers: { ...headers, accept: 'application/json', 'content-type': target.contentType ?? 'application/json' },
      body: target.body === undefined ? null : JSON.stringify(target.body),
      // Otherwise undici closes the connection after each DELETE that has a body: one TLS handshake per healing pod.
      reset: false,
      signal,
      dispatcher,
    });
    const answer = await unlessAborted(sent, signal);
    sample(answer.statusCode);
    return answer;
  } catch (error) {
    sample(0);
    throw error;
  }
}

/** A request that waits for a connection, or a plugin, does not hear the signal: its answer is thrown away. */
export async function unlessAborted<T>(sent: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([sent, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    sent.catch(() => undefined);
    aborted.promise.catch(() => undefined);
  }
}
