/** How often something may happen under one key: a bucket for each that fills at a rate. */

import { fullBucket, isFull, type TokenBucket, takeToken } from '../domain/token-bucket.ts';

export interface RateLimit {
  /** 0 where it may happen now, else the seconds until it may. */
  take(key: string, nowMs: number): number;
  /** Forgets full buckets. */
  sweep(nowMs: number): void;
  size(): number;
}

export interface RateLimitOptions {
  readonly perSecond: number;
  /** So much may happen at once; default ten seconds' worth. */
  readonly burst?: number;
}

/** So many seconds' worth may come at once: from a restarted agent, or from two that share a name. */
const BURST_SECONDS = 10;
/** Buckets that are kept: of more keys, those that were used least recently begin full again. */
const KEYS_MAX = 50_000;

export function createRateLimit({ perSecond, burst = perSecond * BURST_SECONDS }: RateLimitOptions): RateLimit {
  const rules = { capacity: Math.max(1, burst), perSecond };
  const buckets = new Map<string, TokenBucket>();

  return {
    take(key, nowMs) {
      const taking = takeToken(buckets.get(key) ?? fullBucket(rules, nowMs), rules, nowMs);
      if (taking.kind === 'empty') return taking.waitSeconds;
      buckets.delete(key);
      buckets.set(key, taking.bucket);
      for (const oldest of buckets.keys()) {
        if (buckets.size <= KEYS_MAX) break;
        buckets.delete(oldest);
      }
      return 0;
    },
    sweep(nowMs) {
      for (const [key, bucket] of buckets) if (isFull(bucket, rules, nowMs)) buckets.delete(key);
    },
    size: () => buckets.size,
  };
}
