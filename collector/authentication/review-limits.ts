/**
 * How many unknown tokens the API server is asked about. Each pod has a share of its own for each address that uses
 * its name, so that a flood of wrong tokens takes nothing from honest agents.
 */

import { createRateLimit } from '../../runtime/rate-limit.ts';

export interface ReviewLimits {
  /** 0 where the API server may be asked, else the seconds until it may. */
  take(asker: ReviewAsker, nowMs: number): number;
  sweep(nowMs: number): void;
}

export interface ReviewAsker {
  /** Address that the report comes from. */
  readonly source: string;
  readonly podUid: string;
  /** Whether the pod that the token names is expected to report. */
  readonly isExpected: boolean;
}

/** A kubelet renews a token once in an hour; a pod whose container fails again and again has the same one. */
const OF_POD = { perSecond: 1, burst: 20 };
/** All agents behind one address, such as that of a load balancer, may start together. */
const OF_SOURCE = { perSecond: 100, burst: 1_000 };
/** Pods that are not known yet, in all: they become known within moments. */
const OF_STRANGERS = { perSecond: 10, burst: 50 };
const IN_ALL = { perSecond: 300, burst: 5_000 };

export function createReviewLimits(): ReviewLimits {
  const ofPod = createRateLimit(OF_POD);
  const ofSource = createRateLimit(OF_SOURCE);
  const ofStrangers = createRateLimit(OF_STRANGERS);
  const inAll = createRateLimit(IN_ALL);
  return {
    take({ source, podUid, isExpected }, nowMs) {
      // The narrowest first: what it refuses takes nothing from the wider ones.
      return (
        (isExpected ? 0 : ofStrangers.take('', nowMs)) ||
        ofPod.take(`${source} ${podUid}`, nowMs) ||
        ofSource.take(source, nowMs) ||
        inAll.take('', nowMs)
      );
    },
    sweep(nowMs) {
      for (const limit of [ofPod, ofSource, ofStrangers, inAll]) limit.sweep(nowMs);
    },
  };
}
