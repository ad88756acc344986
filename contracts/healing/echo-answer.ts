/** What an echo answers: the address that a connection came from, signed for the nonce that was asked with. */

import { parsed, shape, value, wholeNumber } from '../shape.ts';

export const SOURCE_PATH = '/v1/source';
export const WAIT_PATH = '/v1/wait';
/** Longest wait that `/v1/wait?ms=` takes. */
export const WAIT_MAX_MS = 5_000;

/** The pod's UID is one. */
const NONCE = /^[A-Za-z0-9._-]{1,64}$/;
const ECHO_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Of base64url: the 64 bytes of an Ed25519 signature. */
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/;
const ADDRESS_LENGTH_MAX = 45;
const ANSWER_VERSION = 1;
const PORT_MAX = 65_535;

export interface EchoAnswer {
  readonly v: number;
  /** Name of the echo, which the signature covers: one endpoint cannot answer for another. */
  readonly echo: string;
  readonly nonce: string;
  /** Source address of the TCP connection. */
  readonly source: string;
  readonly port: number;
  /** In ISO 8601. Nothing depends on it: no clock decides about an answer. */
  readonly at: string;
  /** Ed25519 over `signedText`, in base64url. */
  readonly sig: string;
}

export function isNonce(text: string): boolean {
  return NONCE.test(text);
}

export function isEchoName(text: string): boolean {
  return ECHO_NAME.test(text);
}

/** What the signature covers. */
export function signedText({ echo, nonce, source, port, at }: Omit<EchoAnswer, 'v' | 'sig'>): string {
  return [`vigilante-echo/${ANSWER_VERSION}`, echo, nonce, source, port, at].join('\n');
}

export function echoAnswer(said: Omit<EchoAnswer, 'v' | 'sig'>, sig: string): EchoAnswer {
  return { v: ANSWER_VERSION, ...said, sig };
}

const matching = (allowed: string, pattern: RegExp) =>
  value<string>(allowed, (found) => typeof found === 'string' && pattern.test(found));

const check = shape<EchoAnswer>({
  v: wholeNumber({ min: ANSWER_VERSION, max: ANSWER_VERSION }),
  echo: matching('a DNS label', ECHO_NAME),
  nonce: matching('1 to 64 of A-Za-z0-9._-', NONCE),
  source: value(
    'an address',
    (found) => typeof found === 'string' && found.length > 0 && found.length <= ADDRESS_LENGTH_MAX,
  ),
  port: wholeNumber({ min: 1, max: PORT_MAX }),
  at: matching('a time in ISO 8601', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  sig: matching('a signature', SIGNATURE),
});

/** What a message holds: an answer that may be believed, or why it is none. */
export type EchoReading =
  | { readonly kind: 'answer'; readonly answer: EchoAnswer }
  | { readonly kind: 'invalid'; readonly problem: string };

export interface EchoQuestion {
  readonly nonce: string;
  /** Name of the echo that was asked; null where any may answer. */
  readonly echo: string | null;
  /** Whether one of the echo's keys signed the text. */
  readonly isSigned: (text: string, signature: string) => boolean;
}

/** As much as the kubelet keeps of a container's log. */
const MESSAGE_LENGTH_MAX = 2_048;

/** Size, shape, nonce, name and signature, in this order (E4). No clock takes part. */
export function readEchoAnswer(message: string, { nonce, echo, isSigned }: EchoQuestion): EchoReading {
  if (message.length > MESSAGE_LENGTH_MAX) return invalid(`the answer has more than ${MESSAGE_LENGTH_MAX} characters`);
  const found = parsed(jsonOrNull(message), check, 'answer');
  if (!found.ok) return invalid(found.problems[0] ?? 'no answer of an echo');
  const answer = found.value;
  if (answer.nonce !== nonce) return invalid(`the answer is to the nonce ${answer.nonce} instead of ${nonce}`);
  if (echo !== null && answer.echo !== echo) return invalid(`the echo ${answer.echo} answered instead of ${echo}`);
  if (!isSigned(signedText(answer), answer.sig)) return invalid('the signature is by none of the public keys');
  return { kind: 'answer', answer };
}

function invalid(problem: string): EchoReading {
  return { kind: 'invalid', problem };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
