/** Checks whose report it is: the token must be bound to the very pod that is expected to report under that name. */

import { createHash } from 'node:crypto';

import type { TokenIdentity, TokenReviews } from '../../kubernetes/connectivity/token-review.ts';
import type { ReportClock } from '../reports/clock.ts';
import type { PodIdentity } from '../stores/report-store.ts';
import type { ExpectedPods } from '../verdict/expected-pods.ts';
import { createReviewLimits } from './review-limits.ts';
import { createTokenCache } from './token-cache.ts';
import { parseTokenClaims, type TokenClaims } from './token-claims.ts';

export type AuthenticationResult =
  | { readonly kind: 'accepted'; readonly pod: PodIdentity }
  /** No token, or one that the API server does not know: status 401. */
  | { readonly kind: 'unauthenticated'; readonly message: string }
  /** A good token of somebody else: status 403. */
  | { readonly kind: 'forbidden'; readonly message: string }
  /** Too many unknown tokens: status 429. */
  | { readonly kind: 'limited'; readonly message: string; readonly waitSeconds: number };

export interface Claim {
  readonly podName: string;
  /** As the report says. */
  readonly nodeName: string;
  /** Address that the report comes from. */
  readonly source: string;
}

export interface Authentication {
  /** Throws `ClusterError` where the API server cannot be asked. */
  check(authorization: string | undefined, claim: Claim): Promise<AuthenticationResult>;
  /** Forgets what no longer counts. */
  sweep(): void;
}

export interface AuthenticationOptions {
  readonly reviews: TokenReviews;
  readonly audience: string;
  readonly cacheForMs: number;
  readonly expected: Pick<ExpectedPods, 'named'>;
  readonly clock: Pick<ReportClock, 'nowMs'>;
  /** The clock of the API server, which decides when a token ends. */
  readonly serverNowMs: () => number;
}

const TOKEN_LENGTH_MAX = 16_384;
/** API servers may be apart by some seconds. */
const END_LEEWAY_MS = 60_000;
/** A pod that is not expected may be one that has just gone: its token must not go on for long. */
const STRANGER_CACHED_MS = 5_000;

const NO_TOKEN = 'a service account token is needed: Authorization: Bearer …';
const NOT_KNOWN = 'the token is expired, foreign or made for another audience';

type Refusal = Exclude<AuthenticationResult, { kind: 'accepted' }>;

export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { reviews, cacheForMs, clock, expected, serverNowMs } = options;
  const cache = createTokenCache();
  const limits = createReviewLimits();
  const underWay = new Map<string, Promise<TokenIdentity | null>>();

  async function ask(key: string, token: string, claims: PodClaims): Promise<TokenIdentity | null> {
    const identity = await reviews.review(token);
    const nowMs = clock.nowMs();
    if (identity === null) cache.wrong(key, nowMs);
    else {
      const isExpected = expected.named(claims.pod.name).length > 0;
      const expiresMs = nowMs + (isExpected ? cacheForMs : Math.min(cacheForMs, STRANGER_CACHED_MS));
      const endMs = claims.endMs === null ? Number.POSITIVE_INFINITY : nowMs + claims.endMs - serverNowMs();
      cache.good(key, identity, { expiresMs, endMs });
    }
    return identity;
  }

  function share(key: string, start: () => Promise<TokenIdentity | null>): Promise<TokenIdentity | null> {
    const asked = underWay.get(key) ?? start().finally(() => underWay.delete(key));
    underWay.set(key, asked);
    return asked;
  }

  return {
    async check(authorization, claim) {
      const token = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization ?? '')?.[1];
      if (token === undefined || token.length > TOKEN_LENGTH_MAX) return { kind: 'unauthenticated', message: NO_TOKEN };
      const claims = parseTokenClaims(token);
      if (claims === null) return unauthenticated();
      if (!isOfPod(claims)) return forbidden(`the token of ${claims.username} is bound to no pod`);
      const inVain = claimProblem(claims, claim, options);
      if (inVain !== null) return inVain;
      const key = createHash('sha256').update(token).digest('base64');
      const known = cache.answer(key, clock.nowMs());
      if (known === undefined && !cache.wasGood(key) && !underWay.has(key)) {
        const isExpected = expected.named(claim.podName).length > 0;
        const asker = { source: claim.source, podUid: claims.pod.uid, isExpected };
        const waitSeconds = limits.take(asker, clock.nowMs());
        if (waitSeconds > 0) return { kind: 'limited', message: 'too many unknown tokens', waitSeconds };
      }
      const identity = known === undefined ? await share(key, () => ask(key, token, claims)) : known;
      if (identity === null) return unauthenticated();
      return verdictOf(identity, { pod: claims.pod, claim, expected });
    },
    sweep() {
      cache.sweep(clock.nowMs());
      limits.sweep(clock.nowMs());
    },
  };
}

type PodClaims = TokenClaims & { readonly pod: NonNullable<TokenClaims['pod']> };

function isOfPod(claims: TokenClaims): claims is PodClaims {
  return claims.pod !== null;
}

/** Why the API server need not be asked; null where it must. */
function claimProblem(claims: PodClaims, claim: Claim, options: AuthenticationOptions): Refusal | null {
  const { audience, serverNowMs, expected } = options;
  const { audiences, endMs, pod } = claims;
  if (!audiences.includes(audience)) return unauthenticated();
  if (endMs !== null && endMs + END_LEEWAY_MS < serverNowMs()) return unauthenticated();
  return podProblem({ ...pod, nodeName: pod.nodeName ?? claim.nodeName }, claim, expected);
}

/** What the API server says decides; what it leaves out, the claims that it has checked with the signature. */
function verdictOf(
  { username, namespace, podName, podUid, nodeName }: TokenIdentity,
  by: {
    readonly pod: PodClaims['pod'];
    readonly claim: Claim;
    readonly expected: Pick<ExpectedPods, 'named'>;
  },
): AuthenticationResult {
  const { pod, claim, expected } = by;
  if (podName === null || namespace === null) return forbidden(`the token of ${username} is bound to no pod`);
  const uid = podUid ?? pod.uid;
  const known = expected.named(podName).find((one) => one.uid === uid);
  const node = nodeName ?? pod.nodeName ?? known?.nodeName ?? null;
  const problem = podProblem({ namespace, name: podName, uid, nodeName: node }, claim, expected);
  return problem ?? { kind: 'accepted', pod: { namespace, uid } };
}

function podProblem(
  pod: { readonly namespace: string; readonly name: string; readonly uid: string; readonly nodeName: string | null },
  claim: Claim,
  expected: Pick<ExpectedPods, 'named'>,
): Refusal | null {
  if (pod.name !== claim.podName) {
    return forbidden(`the token is that of pod ${pod.name}, the report is for ${claim.podName}`);
  }
  const candidates = expected.named(claim.podName);
  if (
    candidates.length > 0 &&
    !candidates.some(({ namespace, uid }) => namespace === pod.namespace && uid === pod.uid)
  ) {
    const others = candidates.map(({ namespace }) => namespace).join(', ');
    return forbidden(
      `the token is that of pod ${pod.namespace}/${pod.name} with uid ${pod.uid}; the pod that is expected to report is another one, in namespace ${others}`,
    );
  }
  if (pod.nodeName !== claim.nodeName) {
    const place = pod.nodeName === null ? 'on a node that is not known' : `on node ${pod.nodeName}`;
    return forbidden(`pod ${pod.name} runs ${place}, the report is from ${claim.nodeName}`);
  }
  return null;
}

function unauthenticated(): Refusal {
  return { kind: 'unauthenticated', message: NOT_KNOWN };
}

function forbidden(message: string): Refusal {
  return { kind: 'forbidden', message };
}
