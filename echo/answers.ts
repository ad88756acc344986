/** What the echo answers to a request, decided without a socket. */

import {
  echoAnswer,
  isNonce,
  SOURCE_PATH,
  signedText,
  WAIT_MAX_MS,
  WAIT_PATH,
} from '../contracts/healing/echo-answer.ts';
import type { PeerAddress } from './proxy-header.ts';

export interface Answer {
  readonly status: number;
  readonly type: 'application/json' | 'text/plain';
  readonly body: string;
  /** The answer is held back for so long. */
  readonly afterMs: number;
}

export interface EchoVoice {
  readonly name: string;
  readonly sign: (text: string) => string;
}

/** `target` is the request's, as it was sent: a path with a query. No header is read. */
export function answerTo(
  { method, target }: { readonly method: string; readonly target: string },
  from: PeerAddress,
  { name, sign }: EchoVoice,
  nowMs: number,
): Answer {
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  if (path !== SOURCE_PATH && path !== WAIT_PATH) return refusal(404, `here are ${SOURCE_PATH} and ${WAIT_PATH}`);
  if (method !== 'GET') return refusal(405, 'only GET');
  const query = new URLSearchParams(at < 0 ? '' : target.slice(at + 1));
  if (path === WAIT_PATH) return waitFor(onlyValue(query, 'ms'));
  const nonce = onlyValue(query, 'nonce');
  if (nonce === null || !isNonce(nonce)) return refusal(400, 'expected ?nonce= and 1 to 64 of A-Za-z0-9._-');
  const said = { echo: name, nonce, source: from.address, port: from.port, at: new Date(nowMs).toISOString() };
  const body = `${JSON.stringify(echoAnswer(said, sign(signedText(said))))}\n`;
  return { status: 200, type: 'application/json', body, afterMs: 0 };
}

export function refusal(status: number, message: string): Answer {
  return { status, type: 'text/plain', body: `${message}\n`, afterMs: 0 };
}

function waitFor(ms: string | null): Answer {
  if (ms === null || !/^\d{1,4}$/.test(ms) || Number(ms) > WAIT_MAX_MS) {
    return refusal(400, `expected ?ms= and a whole number from 0 to ${WAIT_MAX_MS}`);
  }
  return { status: 204, type: 'text/plain', body: '', afterMs: Number(ms) };
}

/** Null unless the query is this key, once, and nothing else. */
function onlyValue(query: URLSearchParams, key: string): string | null {
  const [first, ...others] = query;
  return first?.[0] === key && others.length === 0 ? first[1] : null;
}
