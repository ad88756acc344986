/** Remembers when no report could be taken: missing reports of such a time say nothing about the network. */

import type { Outage } from '../../domain/connectivity/agent-judgement.ts';

export interface Outages {
  /** A report had to be refused because the store did not take it. */
  failed(atMs: number): void;
  /** A report was stored. */
  succeeded(atMs: number): void;
  /** The collector did not run. */
  wasDown(outage: Outage): void;
  /** One that is not over ends now. */
  list(nowMs: number): readonly Outage[];
}

/** Older ones no longer matter: a report that was taken before them is outdated in any case. */
const OUTAGES_MAX = 10;

export function createOutages(): Outages {
  let past: readonly Outage[] = [];
  let openSinceMs: number | null = null;

  const end = (untilMs: number) => {
    if (openSinceMs === null) return;
    past = [...past, { fromMs: openSinceMs, untilMs }].slice(-OUTAGES_MAX);
    openSinceMs = null;
  };

  return {
    failed(atMs) {
      openSinceMs ??= atMs;
    },
    succeeded: end,
    wasDown(outage) {
      past = [...past, outage].slice(-OUTAGES_MAX);
    },
    list: (nowMs) => (openSinceMs === null ? past : [...past, { fromMs: openSinceMs, untilMs: nowMs }]),
  };
}
