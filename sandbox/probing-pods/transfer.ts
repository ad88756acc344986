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
const FIRST_ERROR_STATUS = 400;

export interface TransferOptions {
  /** Address of this machine that the other side sees. */
  readonly localAddress: string;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  /** An error status is a failure, as for curl with `--fail`; default: its body counts. */
  readonly failsOnError?: boolean;
}

/** Never rejects. */
export function transfer(url: string, options: TransferOptions): Promise<Transfer> {
  const { localAddress, timeoutMs = TRANSFER_TIMEOUT_MS, failsOnError = false } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  return new Promise<Transfer>((resolve, reject) => {
    const request = get(url, { agent: false, localAddress, signal }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => {
        body = `${body}${piece}`.slice(0, BODY_LENGTH_MAX);
      });
      const status = answer.statusCode ?? 0;
      const isFailure = failsOnError && status >= FIRST_ERROR_STATUS;
      answer.once('end', () => resolve(isFailure ? errorStatus(status) : { kind: 'answered', body }));
      answer.once('error', reject);
    });
    request.once('error', reject);
  }).catch((error: unknown) => (timeout.aborted ? timedOut(timeoutMs) : failureOf(error)));
}

function errorStatus(status: number): Transfer {
  return { kind: 'failed', code: 22, message: `The requested URL returned error: ${status}` };
}

export function timedOut(afterMs: number): Transfer {
  return { kind: 'failed', code: 28, message: `Operation timed out after ${afterMs} milliseconds` };
}

function failureOf(error: unknown): Transfer {
  const [code, message] = EXIT_CODES[errorCode(error) ?? ''] ?? [RECEIVE_ERROR, String(error)];
  return { kind: 'failed', code, message };
}
