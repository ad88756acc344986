/** How often something may happen under one key: a bucket for each that fills at a rate. */

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

/** A restarted agent, or one that another one shares its name with, may send this many seconds' worth at once. */
const BURST_SECONDS = 10;
/** Buckets that are kept: of more keys, those that were used least recently begin full again. */
const KEYS_MAX = 50_000;

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export function createRateLimit({ perSecond, burst = perSecond * BURST_SECONDS }: RateLimitOptions): RateLimit {
  const capacity = Math.max(1, burst);
  const buckets = new Map<string, Bucket>();
  const refilled = ({ tokens, atMs }: Bucket, nowMs: number) =>
    Math.min(capacity, tokens + (Math.max(0, nowMs - atMs) / 1_000) * perSecond);

  return {
    take(key, nowMs) {
      const bucket = buckets.get(key);
      const tokens = bucket === undefined ? capacity : refilled(bucket, nowMs);
      if (tokens < 1) return (1 - tokens) / perSecond;
      buckets.delete(key);
      buckets.set(key, { tokens: tokens - 1, atMs: nowMs });
      for (const oldest of buckets.keys()) {
        if (buckets.size <= KEYS_MAX) break;
        buckets.delete(oldest);
      }
      return 0;
    },
    sweep(nowMs) {
      for (const [key, bucket] of buckets) if (refilled(bucket, nowMs) >= capacity) buckets.delete(key);
    },
    size: () => buckets.size,
  };
}
