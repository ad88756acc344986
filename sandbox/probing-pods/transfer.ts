/** One request of a probing pod: a real connection from an address that was chosen. */

import { get } from 'node:http';
import { errorCode } from '../error-code.ts';
import type { Transfer } from './curl.ts';

/** More than `--max-time` of a probing pod, because nothing is tried again here as curl does it. */
const TRANSFER_TIMEOUT_MS = 8_000;
/** More than this of an answer is not kept. */
const BODY_LENGTH_MAX = 16_384;

/** curl's exit codes by what Node calls the failure. */
const EXIT_CODES: Readonly<Record<string, readonly [code: number, message: string]>> = {
  ECONNREFUSED: [7, 'Connection refused'],
  ECONNRESET: [52, 'Empty reply from server'],
  EADDRNOTAVAIL: [45, 'bind failed: Cannot assign requested address'],
  ENOTFOUND: [6, 'Could not resolve host'],
  ERR_INVALID_URL: [3, 'URL rejected'],
  ERR_INVALID_PROTOCOL: [1, 'Protocol not supported'],
};
const RECEIVE_ERROR = 56;

export interface TransferOptions {
  /** Address of this machine that the other side sees. */
  readonly localAddress: string;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

/** Never rejects. Whatever status is answered, its body counts, as for curl without `--fail`. */
export function transfer(url: string, options: TransferOptions): Promise<Transfer> {
  const { localAddress, timeoutMs = TRANSFER_TIMEOUT_MS } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  return new Promise<string>((resolve, reject) => {
    const request = get(url, { agent: false, localAddress, signal }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => {
        body = `${body}${piece}`.slice(0, BODY_LENGTH_MAX);
      });
      answer.once('end', () => resolve(body));
      answer.once('error', reject);
    });
    request.once('error', reject);
  }).then(
    (body) => ({ kind: 'answered', body }),
    (error: unknown) => (timeout.aborted ? timedOut(timeoutMs) : failureOf(error)),
  );
}

export function timedOut(afterMs: number): Transfer {
  return { kind: 'failed', code: 28, message: `Operation timed out after ${afterMs} milliseconds` };
}

function failureOf(error: unknown): Transfer {
  const [code, message] = EXIT_CODES[errorCode(error) ?? ''] ?? [RECEIVE_ERROR, String(error)];
  return { kind: 'failed', code, message };
}
