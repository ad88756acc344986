/** One connection to the API server for a whole process: requests with a timeout, streams, a hook for metrics. */

import { type Dispatcher, request } from 'undici';

import {
  ClusterError,
  type ClusterFailure,
  clusterFailure,
  failureOfAnswer,
  type RequestTarget,
} from './cluster-error.ts';
import { type Credentials, createCredentialStore } from './credentials.ts';
import { type KubeconfigSource, kubeconfigNamespace, loadKubeconfig } from './kubeconfig.ts';
import { createRecentOutage } from './recent-outage.ts';
import { createRequestHealth } from './request-health.ts';
import { answerTimeoutMs, CONNECT_TIMEOUT_MS, slowHint } from './request-times.ts';
import { createRequestWaits } from './request-waits.ts';

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
  /** Default: as long as the API server may take. For a watch it is the time until its answer begins. */
  readonly requestTimeoutMs?: number;
  /** Called once for every HTTP request that was sent. */
  readonly onRequest?: (sample: RequestSample) => void;
  /** Called with a line for people when a request has waited for seconds; at most once a minute for each kind. */
  readonly onSlow?: (message: string) => void;
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
  /** Null while requests get answers; else which do not, or that our credentials are not accepted. */
  problem(): string | null;
  /** Ends all requests under way. */
  close(): Promise<void>;
}

/** Throws `KubeconfigError`; does not ask the API server anything. */
export function connectCluster(options: ConnectClusterOptions = {}): ClusterConnection {
  const source = options.kubeconfig ?? { kind: 'default' };
  const namespace = kubeconfigNamespace(loadKubeconfig(source));
  const credentials = createCredentialStore(source, { connectTimeoutMs: CONNECT_TIMEOUT_MS });
  const health = createRequestHealth();
  const outage = createRecentOutage();
  const waits = createRequestWaits(options.onSlow);

  async function sendOnce(target: ClusterRequest, used: Credentials, signal: AbortSignal) {
    try {
      return await sendRequest(target, { credentials: used, signal, onRequest: options.onRequest });
    } catch (error) {
      if (!signal.aborted) outage.seen();
      throw error;
    }
  }

  /** The answer of the API server whose status is 2xx. Throws `ClusterError`. */
  async function exchange(target: ClusterRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const used = await unlessAborted(credentials.current(), signal);
    let answer = await sendOnce(target, used, signal);
    let failure = await failureIn(target, answer);
    if (
      failure?.kind === 'unreachable' &&
      failure.isUnauthorized === true &&
      (await unlessAborted(credentials.renewed(used), signal))
    ) {
      // The token was rotated; a second 401 is the answer.
      answer = await sendOnce(target, await credentials.current(), signal);
      failure = await failureIn(target, answer);
    }
    if (failure === null) return answer;
    throw new ClusterError(outage.judge(failure));
  }

  /** Failures become `ClusterError`. One that the caller wants to end says nothing about the API server. */
  async function within<T>(
    target: ClusterRequest,
    ending: AbortSignal | null,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const deadline = deadlineOf(target, options.requestTimeoutMs ?? answerTimeoutMs(target.method));
    const signal = ending === null ? deadline.signal : AbortSignal.any([ending, deadline.signal]);
    try {
      const result = await waits(target, () => run(signal));
      health.answered(target);
      return result;
    } catch (error) {
      const failure = clusterFailure(error, target);
      if (ending?.aborted !== true) health.failed(target, failure);
      throw error instanceof ClusterError ? error : new ClusterError(failure, error);
    } finally {
      deadline.clear();
    }
  }

  return {
    namespace,
    send: (target) =>
      within(target, null, async (signal) => parseBody(await (await exchange(target, signal)).body.text())),
    stream: (target, ending) => within(target, ending, async (signal) => (await exchange(target, signal)).body),
    problem: () => health.problem(),
    close: () => credentials.close(),
  };
}

interface Sending {
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
  readonly onRequest: ((sample: RequestSample) => void) | undefined;
}

async function sendRequest(
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

/** Null for a 2xx answer, whose body is left to be read. */
async function failureIn(target: ClusterRequest, answer: Dispatcher.ResponseData): Promise<ClusterFailure | null> {
  if (answer.statusCode >= 200 && answer.statusCode < 300) return null;
  return failureOfAnswer(target, { status: answer.statusCode, body: parseBody(await answer.body.text()) });
}

function deadlineOf(target: ClusterRequest, timeoutMs: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const reason = new Error(`no answer in ${timeoutMs / 1_000} s${slowHint(target.method)}`);
  const timer = setTimeout(() => controller.abort(reason), timeoutMs);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

/** A request that waits for a connection, or a plugin, does not hear the signal: its answer is thrown away. */
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

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
