/** Asks an echo from here, as a pod would, and explains what came. */

import { createPublicKey, type KeyObject, randomUUID, verify } from 'node:crypto';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { readEchoAnswer } from '../contracts/healing/echo-answer.ts';
import { messageOf } from '../domain/error-message.ts';
import { normalAddress } from '../domain/node/address.ts';

export interface EchoCheck {
  /** Whether the echo can serve as evidence, as far as one question from here shows. */
  readonly ok: boolean;
  /** For people. */
  readonly lines: readonly string[];
}

const TIMEOUT_MS = 5_000;
const BODY_LENGTH_MAX = 4_096;
const PUBLIC_KEY = /^[A-Za-z0-9_-]{43}$/;

/** Never throws. `publicKeys` in base64url; without any the signature is not checked. */
export async function checkEcho(url: string, publicKeys: readonly string[]): Promise<EchoCheck> {
  const wrongKey = publicKeys.find((key) => !PUBLIC_KEY.test(key));
  if (wrongKey !== undefined) return failed(`--public-key ${wrongKey}: expected 43 characters of base64url`);
  const nonce = randomUUID();
  let exchange: Exchange;
  try {
    exchange = await ask(new URL(url), nonce);
  } catch (error) {
    return failed(`${url} cannot be asked: ${messageOf(error)}`);
  }
  if (exchange.status !== 200)
    return failed(`${url} answered ${exchange.status}: ${exchange.body.trim().slice(0, 200)}`);
  const keys = publicKeys.map(publicKeyFrom);
  const isSigned = (text: string, signature: string) =>
    keys.length === 0 || keys.some((key) => verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url')));
  const reading = readEchoAnswer(exchange.body, { nonce, echo: null, isSigned });
  if (reading.kind === 'invalid') return failed(`${url} gave no answer of an echo: ${reading.problem}`);
  const { echo, source } = reading.answer;
  const isOwn = normalAddress(source) === exchange.localAddress;
  return {
    ok: isOwn && keys.length > 0,
    lines: [
      `${echo} answered in ${Math.round(exchange.tookMs)} ms`,
      keys.length > 0
        ? 'the signature is right'
        : 'the signature was not checked: give the public key of `vigilante echo key public` with --public-key',
      isOwn
        ? `it saw ${source}, the address of this connection: nothing on the way translates`
        : `it saw ${source} instead of ${exchange.localAddress}, the address of this connection: something on the way translates`,
    ],
  };
}

interface Exchange {
  readonly status: number;
  readonly body: string;
  readonly localAddress: string | null;
  readonly tookMs: number;
}

async function ask(url: URL, nonce: string): Promise<Exchange> {
  url.searchParams.set('nonce', nonce);
  const client = url.protocol === 'https:' ? requestHttps : requestHttp;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const beganMs = performance.now();
  return new Promise((resolve, reject) => {
    const request = client(url, { agent: false, signal }, (answer: IncomingMessage) => {
      const localAddress = normalAddress(answer.socket.localAddress ?? '');
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => {
        body += piece;
        if (body.length > BODY_LENGTH_MAX)
          request.destroy(new Error(`its answer has more than ${BODY_LENGTH_MAX} characters`));
      });
      answer.once('end', () =>
        resolve({ status: answer.statusCode ?? 0, body, localAddress, tookMs: performance.now() - beganMs }),
      );
      answer.once('error', reject);
    });
    request.once('error', (error) =>
      reject(signal.aborted ? new Error(`no answer in ${TIMEOUT_MS / 1_000} s`) : error),
    );
    request.end();
  });
}

function publicKeyFrom(x: string): KeyObject {
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
}

function failed(line: string): EchoCheck {
  return { ok: false, lines: [line] };
}
