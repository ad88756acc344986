/** How often something may happen: a bucket that fills at a rate, and from which each time takes a token. */

export interface BucketRules {
  /** So often it may happen at once; at least 1. */
  readonly capacity: number;
  readonly perSecond: number;
}

export interface TokenBucket {
  /** As of `atMs`, with a fraction. */
  readonly tokens: number;
  readonly atMs: number;
}

export type Taking =
  | { readonly kind: 'taken'; readonly bucket: TokenBucket }
  /** The bucket stays as it is. */
  | { readonly kind: 'empty'; readonly waitSeconds: number };

export function fullBucket({ capacity }: BucketRules, nowMs: number): TokenBucket {
  return { tokens: capacity, atMs: nowMs };
}

export function takeToken(bucket: TokenBucket, rules: BucketRules, nowMs: number): Taking {
  const tokens = tokensAt(bucket, rules, nowMs);
  return tokens < 1
    ? { kind: 'empty', waitSeconds: (1 - tokens) / rules.perSecond }
    : { kind: 'taken', bucket: { tokens: tokens - 1, atMs: nowMs } };
}

/** Such a bucket need not be kept. */
export function isFull(bucket: TokenBucket, rules: BucketRules, nowMs: number): boolean {
  return tokensAt(bucket, rules, nowMs) >= rules.capacity;
}

/** A clock that goes back takes nothing out. */
function tokensAt({ tokens, atMs }: TokenBucket, { capacity, perSecond }: BucketRules, nowMs: number): number {
  return Math.min(capacity, tokens + (Math.max(0, nowMs - atMs) / 1_000) * perSecond);
}
