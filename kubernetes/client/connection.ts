/** One connection to the API server for a whole process: requests with a timeout, streams, a hook for metrics. */

import type { Dispatcher } from 'undici';

import { jsonOrText } from '../../domain/json-or-text.ts';
import { type ClusterAnswer, ClusterError, clusterFailure, dryRunError, failureOfAnswer } from './cluster-error.ts';
import { type Credentials, createCredentialStore } from './credentials.ts';
import { type KubeconfigSource, kubeconfigNamespace, loadKubeconfig } from './kubeconfig.ts';
import { createRecentOutage } from './recent-outage.ts';
import { createRequestHealth } from './request-health.ts';
import { answerTimeoutMs, CONNECT_TIMEOUT_MS, slowHint } from './request-times.ts';
import { createRequestWaits } from './request-waits.ts';
import { type ClusterRequest, type RequestSample, sendRequest, unlessAborted } from './send-request.ts';
import { createServerClock } from './server-clock.ts';

export type { ClusterRequest, RequestSample } from './send-request.ts';

export interface ConnectClusterOptions {
  readonly kubeconfig?: KubeconfigSource;
  /** Default: as long as the API server may take. For a watch it is the time until its answer begins. */
  readonly requestTimeoutMs?: number;
  /**
   * URL of the proxy for `host:port`, null for a direct connection. Asked where the kubeconfig names none, and never for
   * the service account of a pod, whose API server is in its own cluster.
   */
  readonly proxyFor?: (target: string) => string | null;
  /** Every verb but get, list and watch is refused here, with `dryRunError`; default: false. */
  readonly isDryRun?: boolean;
  /** Called once for every HTTP request that was sent. */
  readonly onRequest?: (sample: RequestSample) => void;
  /** Called with a line for people when a request has waited for seconds; at most once a minute for each kind. */
  readonly onSlow?: (message: string) => void;
}

export interface ClusterConnection {
  /** Namespace of the kubeconfig's context or of this pod; null where none is named. */
  readonly namespace: string | null;
  /**
   * The API server's clock, as of its newest answer; that of this machine before the first. Exact to a second, and not
   * moved by a step of this machine's clock.
   */
  readonly serverNowMs: () => number;
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
  const credentials = createCredentialStore(source, {
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    proxyFor: options.proxyFor ?? (() => null),
  });
  const health = createRequestHealth();
  const serverClock = createServerClock();
  const outage = createRecentOutage();
  const waits = createRequestWaits(options.onSlow);

  async function sendOnce(target: ClusterRequest, used: Credentials, signal: AbortSignal) {
    try {
      const answer = await sendRequest(target, { credentials: used, signal, onRequest: options.onRequest });
      serverClock.heard(answer.headers['date']);
      return answer;
    } catch (error) {
      if (!signal.aborted) outage.seen();
      throw error;
    }
  }

  /** The answer of the API server whose status is 2xx. Throws `ClusterError`. */
  async function exchange(target: ClusterRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    if (options.isDryRun === true && target.method !== 'GET') throw dryRunError(target);
    const used = await unlessAborted(credentials.current(), signal);
    let answer = await sendOnce(target, used, signal);
    let refusal = await refusalIn(answer);
    if (refusal?.status === 401 && (await unlessAborted(credentials.renewed(used), signal))) {
      // The token was rotated; a second 401 is the answer.
      answer = await sendOnce(target, await credentials.current(), signal);
      refusal = await refusalIn(answer);
    }
    if (refusal === null) return answer;
    throw new ClusterError(outage.judge(failureOfAnswer(target, refusal)), undefined, refusal);
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
    serverNowMs: serverClock.nowMs,
    send: (target) =>
      within(target, null, async (signal) => jsonOrText(await (await exchange(target, signal)).body.text())),
    stream: (target, ending) => within(target, ending, async (signal) => (await exchange(target, signal)).body),
    problem: () => health.problem(),
    close: () => credentials.close(),
  };
}

/** Null for a 2xx answer, whose body is left to be read. */
async function refusalIn({
  statusCode: status,
  headers,
  body,
}: Dispatcher.ResponseData): Promise<ClusterAnswer | null> {
  if (status >= 200 && status < 300) return null;
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : null;
  return { status, body: jsonOrText(await body.text()), retryAfterMs };
}

function deadlineOf(target: ClusterRequest, timeoutMs: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const reason = new Error(`no answer in ${timeoutMs / 1_000} s${slowHint(target.method)}`);
  const timer = setTimeout(() => controller.abort(reason), timeoutMs);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}
