/** What the API server said of tokens. Good and wrong ones are kept apart: wrong ones never displace a good one. */

import type { TokenIdentity } from '../../kubernetes/connectivity/token-review.ts';

export interface TokenCache {
  /** The answer that still counts; undefined where the API server must be asked. */
  answer(key: string, nowMs: number): TokenIdentity | null | undefined;
  /** Whether the token was good before: only its pod has it, so asking again costs little. */
  wasGood(key: string): boolean;
  good(key: string, identity: TokenIdentity, until: { readonly expiresMs: number; readonly endMs: number }): void;
  wrong(key: string, nowMs: number): void;
  /** Forgets tokens that have ended, and refusals that no longer count. */
  sweep(nowMs: number): void;
  size(): { readonly good: number; readonly wrong: number };
}

/** Above the agents of the largest clusters; the oldest answers go first. */
const GOOD_MAX = 50_000;
const WRONG_MAX = 10_000;
/** A token that was refused may be good in a moment, when its pod has got to the API server that is asked. */
const REFUSAL_CACHED_MS = 2_000;

interface Good {
  readonly identity: TokenIdentity;
  readonly expiresMs: number;
  readonly endMs: number;
}

export function createTokenCache(): TokenCache {
  const goods = new Map<string, Good>();
  const wrongs = new Map<string, number>();
  return {
    answer(key, nowMs) {
      const good = goods.get(key);
      if (good !== undefined && nowMs < good.expiresMs) return good.identity;
      return nowMs < (wrongs.get(key) ?? Number.NEGATIVE_INFINITY) ? null : undefined;
    },
    wasGood: (key) => goods.has(key),
    good(key, identity, { expiresMs, endMs }) {
      wrongs.delete(key);
      put(goods, { key, value: { identity, expiresMs: Math.min(expiresMs, endMs), endMs }, sizeMax: GOOD_MAX });
    },
    wrong(key, nowMs) {
      goods.delete(key);
      put(wrongs, { key, value: nowMs + REFUSAL_CACHED_MS, sizeMax: WRONG_MAX });
    },
    sweep(nowMs) {
      for (const [key, { endMs }] of goods) if (nowMs >= endMs) goods.delete(key);
      for (const [key, untilMs] of wrongs) if (nowMs >= untilMs) wrongs.delete(key);
    },
    size: () => ({ good: goods.size, wrong: wrongs.size }),
  };
}

function put<V>(map: Map<string, V>, entry: { readonly key: string; readonly value: V; readonly sizeMax: number }) {
  map.delete(entry.key);
  map.set(entry.key, entry.value);
  for (const oldest of map.keys()) {
    if (map.size <= entry.sizeMax) break;
    map.delete(oldest);
  }
}
