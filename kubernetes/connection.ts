/** One connection to the API server for a whole process: requests with a timeout, streams, a hook for metrics. */

import { type Dispatcher, request } from 'undici';

import { ClusterError, clusterFailure, failureOfAnswer, type RequestTarget } from './cluster-error.ts';
import { type CredentialStore, createCredentialStore } from './credentials.ts';
import { type KubeconfigSource, kubeconfigNamespace, loadKubeconfig } from './kubeconfig.ts';

export interface RequestSample {
  /** Kubernetes' verb: get, list, watch, create, delete, patch. */
  readonly verb: string;
  /** Plural name, such as `pods`. */
  readonly resource: string;
  /** HTTP status; 0 where no answer came. */
  readonly code: number;
  readonly seconds: number;
}

export interface ConnectClusterOptions {
  readonly kubeconfig?: KubeconfigSource;
  /** Default 8 s; for a watch the time until its answer begins. */
  readonly requestTimeoutMs?: number;
  /** Called once for every HTTP request that was sent. */
  readonly onRequest?: (sample: RequestSample) => void;
}

export interface ClusterRequest extends RequestTarget {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
}

export interface ClusterConnection {
  /** Namespace of the kubeconfig's context or of this pod; null where none is named. */
  readonly namespace: string | null;
  /** The parsed body of a 2xx answer. Throws `ClusterError`. */
  send(request: ClusterRequest): Promise<unknown>;
  /** The body of a 200 answer as it arrives. Throws `ClusterError` until it begins, then what the connection throws. */
  stream(request: ClusterRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Ends all requests under way. */
  close(): Promise<void>;
}

/** Three requests fit into the 30 s that an activity may take. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 8_000;

/** Throws `KubeconfigError`; does not ask the API server anything. */
export function connectCluster(options: ConnectClusterOptions = {}): ClusterConnection {
  const source = options.kubeconfig ?? { kind: 'default' };
  const namespace = kubeconfigNamespace(loadKubeconfig(source));
  const timeoutMs = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
  const credentials = createCredentialStore(source, { connectTimeoutMs: timeoutMs });

  async function exchange(target: ClusterRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const answer = await sendOnce({ target, signal, credentials, onRequest: options.onRequest });
    if (answer.statusCode !== 401) return answer;
    // The token may have been rotated; a second 401 is the answer.
    await answer.body.dump();
    credentials.reload();
    return sendOnce({ target, signal, credentials, onRequest: options.onRequest });
  }

  return {
    namespace,
    async send(target) {
      return guarded(target, async () => {
        const answer = await exchange(target, AbortSignal.timeout(timeoutMs));
        const body = parseBody(await answer.body.text());
        if (isSuccess(answer.statusCode)) return body;
        throw new ClusterError(failureOfAnswer(target, { status: answer.statusCode, body }));
      });
    },
    async stream(target, signal) {
      return guarded(target, async () => {
        const late = new AbortController();
        const timer = setTimeout(() => late.abort(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
        const answer = await exchange(target, AbortSignal.any([signal, late.signal])).finally(() =>
          clearTimeout(timer),
        );
        if (isSuccess(answer.statusCode)) return answer.body;
        const body = parseBody(await answer.body.text());
        throw new ClusterError(failureOfAnswer(target, { status: answer.statusCode, body }));
      });
    },
    close: () => credentials.close(),
  };
}

interface Exchange {
  readonly target: ClusterRequest;
  readonly signal: AbortSignal;
  readonly credentials: CredentialStore;
  readonly onRequest: ((sample: RequestSample) => void) | undefined;
}

async function sendOnce({ target, signal, credentials, onRequest }: Exchange): Promise<Dispatcher.ResponseData> {
  const { server, headers, dispatcher } = await credentials.current();
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

/** A request that waits for a connection does not hear the signal: it is left behind, its answer thrown away. */
async function unlessAborted<T>(sent: Promise<T>, signal: AbortSignal): Promise<T> {
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

async function guarded<T>(target: RequestTarget, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ClusterError) throw error;
    throw new ClusterError(clusterFailure(error, target), error);
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
