/** Checks whose report it is: the token must be bound to the pod and the node that the report names. */

import { createHash } from 'node:crypto';

import type { TokenIdentity, TokenReviews } from '../kubernetes/token-review.ts';

export type AuthenticationResult =
  | { readonly kind: 'accepted' }
  /** No token, or one that the API server does not know: status 401. */
  | { readonly kind: 'unauthenticated'; readonly message: string }
  /** A good token of somebody else: status 403. */
  | { readonly kind: 'forbidden'; readonly message: string };

export interface Claim {
  readonly podName: string;
  /** As the report says. */
  readonly nodeName: string;
}

export interface Authentication {
  /** Throws `ClusterError` where the API server cannot be asked. */
  check(authorization: string | undefined, claim: Claim): Promise<AuthenticationResult>;
}

export interface AuthenticationOptions {
  readonly reviews: TokenReviews;
  readonly cacheForMs: number;
  /** The node of a pod as the collector knows it, for an API server before 1.32 that does not tell it with the token. */
  readonly nodeOfPod: (pod: { readonly namespace: string; readonly name: string }) => string | null;
  readonly now: () => number;
}

/** Above the agents of the largest clusters; the oldest answers go first. */
const CACHED_MAX = 50_000;
/** A token that was refused may be good in a moment, when its pod has got to the API server that is asked. */
const REFUSAL_CACHED_MS = 2_000;
const TOKEN_LENGTH_MAX = 16_384;

interface Cached {
  readonly identity: Promise<TokenIdentity | null>;
  expiresMs: number;
}

export function createAuthentication({ reviews, cacheForMs, nodeOfPod, now }: AuthenticationOptions): Authentication {
  const cache = new Map<string, Cached>();

  async function identify(token: string): Promise<TokenIdentity | null> {
    const key = createHash('sha256').update(token).digest('base64');
    const known = cache.get(key);
    if (known !== undefined && now() < known.expiresMs) return known.identity;
    const asked: Cached = { identity: reviews.review(token), expiresMs: now() + cacheForMs };
    cache.delete(key);
    cache.set(key, asked);
    for (const oldest of cache.keys()) {
      if (cache.size <= CACHED_MAX) break;
      cache.delete(oldest);
    }
    try {
      const identity = await asked.identity;
      const endMs = identity === null ? now() + REFUSAL_CACHED_MS : (tokenEndMs(token) ?? Number.POSITIVE_INFINITY);
      asked.expiresMs = Math.min(asked.expiresMs, endMs);
      return identity;
    } catch (error) {
      if (cache.get(key) === asked) cache.delete(key);
      throw error;
    }
  }

  return {
    async check(authorization, claim) {
      const token = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization ?? '')?.[1];
      if (token === undefined || token.length > TOKEN_LENGTH_MAX) {
        return { kind: 'unauthenticated', message: 'a service account token is needed: Authorization: Bearer …' };
      }
      const identity = await identify(token);
      if (identity === null) {
        return { kind: 'unauthenticated', message: 'the token is expired, foreign or made for another audience' };
      }
      return verdictOf(withNode(identity, nodeOfPod), claim);
    },
  };
}

function withNode(identity: TokenIdentity, nodeOfPod: AuthenticationOptions['nodeOfPod']): TokenIdentity {
  const namespace = /^system:serviceaccount:([^:]+):/.exec(identity.username)?.[1];
  if (identity.nodeName !== null || identity.podName === null || namespace === undefined) return identity;
  return { ...identity, nodeName: nodeOfPod({ namespace, name: identity.podName }) };
}

function verdictOf({ username, podName, nodeName }: TokenIdentity, claim: Claim): AuthenticationResult {
  if (podName === null) {
    return { kind: 'forbidden', message: `the token of ${username} is bound to no pod` };
  }
  if (podName !== claim.podName) {
    return { kind: 'forbidden', message: `the token is that of pod ${podName}, the report is for ${claim.podName}` };
  }
  if (nodeName !== claim.nodeName) {
    const place = nodeName === null ? 'on a node that is not known' : `on node ${nodeName}`;
    return { kind: 'forbidden', message: `pod ${podName} runs ${place}, the report is from ${claim.nodeName}` };
  }
  return { kind: 'accepted' };
}

/** The end that the token itself names, so that it is not believed longer; it is not checked here. */
function tokenEndMs(token: string): number | null {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const end: unknown = typeof payload === 'object' && payload !== null ? Reflect.get(payload, 'exp') : null;
    return typeof end === 'number' ? end * 1_000 : null;
  } catch {
    return null;
  }
}
