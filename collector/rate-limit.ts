/** How many reports of one agent are taken: a bucket for each that fills at a rate. */

export interface RateLimit {
  /** 0 where a report may be taken now, else the seconds until the next one. */
  take(name: string, nowMs: number): number;
  /** Forgets full buckets. */
  sweep(nowMs: number): void;
}

/** A restarted agent, or one that another one shares its name with, may send this many seconds' worth at once. */
const BURST_SECONDS = 10;

interface Bucket {
  tokens: number;
  atMs: number;
}

export function createRateLimit({ perSecond }: { perSecond: number }): RateLimit {
  const capacity = Math.max(1, perSecond * BURST_SECONDS);
  const buckets = new Map<string, Bucket>();
  const refilled = ({ tokens, atMs }: Bucket, nowMs: number) =>
    Math.min(capacity, tokens + (Math.max(0, nowMs - atMs) / 1_000) * perSecond);

  return {
    take(name, nowMs) {
      const bucket = buckets.get(name);
      const tokens = bucket === undefined ? capacity : refilled(bucket, nowMs);
      if (tokens < 1) return (1 - tokens) / perSecond;
      buckets.set(name, { tokens: tokens - 1, atMs: nowMs });
      return 0;
    },
    sweep(nowMs) {
      for (const [name, bucket] of buckets) if (refilled(bucket, nowMs) >= capacity) buckets.delete(name);
    },
  };
}
