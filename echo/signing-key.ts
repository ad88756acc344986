/** The Ed25519 key of an echo: read from its file, read again when that changes. */

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageOf } from '../domain/error-message.ts';
import type { Log } from '../runtime/log.ts';

/** A key that cannot be used: a person must fix it. */
export class KeyProblem extends Error {}

export interface SigningKey {
  /** In base64url. */
  sign(text: string): string;
  /** Null while the newest file is in use, else why it is not. */
  problem(): string | null;
  stop(): void;
}

/** Kubernetes replaces a mounted secret by swapping a symbolic link, which file watches miss. */
const LOOK_EVERY_MS = 10_000;

/** Throws `KeyProblem` where the file holds no key. Later a broken file leaves the key before it in use. */
export function openSigningKey({
  file,
  log,
  everyMs = LOOK_EVERY_MS,
}: {
  readonly file: string;
  readonly log: Log;
  readonly everyMs?: number;
}): SigningKey {
  let key = readPrivateKey(file);
  let problem: string | null = null;
  const look = () => {
    try {
      const found = readPrivateKey(file);
      if (publicKeyOf(found) !== publicKeyOf(key)) log.info(`signing with another key: ${publicKeyOf(found)}`);
      key = found;
      problem = null;
    } catch (error) {
      const message = messageOf(error);
      if (message !== problem) log.error(`${message}; the key from before stays in use`);
      problem = message;
    }
  };
  const timer = setInterval(look, everyMs).unref();
  return {
    sign: (text) => sign(null, Buffer.from(text, 'utf8'), key).toString('base64url'),
    problem: () => problem,
    stop: () => clearInterval(timer),
  };
}

/** Throws `KeyProblem`. */
export function readPrivateKey(file: string): KeyObject {
  const text = readText(file);
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch (cause) {
    throw new KeyProblem(`${file} holds no private key in PEM (PKCS 8)`, { cause });
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new KeyProblem(`${file} holds a key of type ${key.asymmetricKeyType ?? 'unknown'}, expected ed25519`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new KeyProblem(`the key file ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** 43 characters of base64url, as `publicKeys` of the healing takes them. */
export function publicKeyOf(key: KeyObject): string {
  return String(createPublicKey(key).export({ format: 'jwk' }).x);
}

/** In PEM (PKCS 8). */
export function generateKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
