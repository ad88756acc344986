/** How long the API server may take for an answer, and so how long a request waits for it. */

/**
 * The API server gives a create, patch or delete 34 s, admission webhooks included, and answers 504 then. One webhook
 * that does not answer takes 10 s by default, and a fail-open one is only passed over after that.
 */
const WRITE_TIMEOUT_MS = 40_000;

/** `--request-timeout` of the API server is 60 s: a long list, or a place in its queue, may take that long. */
const READ_TIMEOUT_MS = 65_000;

/** Until a connection with TLS is there; an API server that is away is noticed by this, not by the request's time. */
export const CONNECT_TIMEOUT_MS = 8_000;

/** A request that waits longer is reported. A healthy API server answers in less than one second. */
export const SLOW_REQUEST_MS = 5_000;

/** For a watch this is the time until its answer begins. */
export function answerTimeoutMs(method: string): number {
  return method === 'GET' ? READ_TIMEOUT_MS : WRITE_TIMEOUT_MS;
}

/** Completes "… has waited 12 s for the API server". Only what is written passes webhooks. */
export function slowHint(method: string): string {
  return method === 'GET' ? '' : '; an admission webhook may be slow';
}
