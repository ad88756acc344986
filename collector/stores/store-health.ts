/** What is wrong with a store: known after a failure, and tried again until it is over, also when nobody saves. */

import { pause } from '../../kubernetes/pause.ts';
import { messageOf } from '../../runtime/log.ts';

export interface StoreHealth {
  problem(): string | null;
  /** Something failed that a healthy store does; from now on it is tried until it works. */
  failed(error: unknown): void;
  worked(): void;
  /** Resolves when no try is under way. */
  stop(): Promise<void>;
}

export interface StoreHealthOptions {
  /** Throws while the store cannot take a record. A collector that is not ready gets no reports: nothing else would tell. */
  readonly probe: () => Promise<void>;
  /** Told when an outage begins; where it comes and goes, as with a disk that is nearly full, not each time. */
  readonly onProblem: (message: string) => void;
}

const PROBE_EVERY_MS = 500;
/** Between two failures of which both are told. */
const QUIET_MS = 10_000;

export function createStoreHealth({ probe, onProblem }: StoreHealthOptions): StoreHealth {
  const stopping = new AbortController();
  const { signal } = stopping;
  let problem: string | null = null;
  let failedMs = Number.NEGATIVE_INFINITY;
  let probing: Promise<void> | null = null;

  async function probeUntilItWorks(): Promise<void> {
    while (problem !== null && !signal.aborted) {
      await pause(PROBE_EVERY_MS, signal);
      if (signal.aborted || problem === null) break;
      try {
        await probe();
        problem = null;
      } catch (error) {
        problem = messageOf(error);
      }
    }
    probing = null;
  }

  return {
    problem: () => problem,
    failed(error) {
      const message = messageOf(error);
      const nowMs = performance.now();
      if (problem === null && nowMs - failedMs > QUIET_MS) onProblem(message);
      failedMs = nowMs;
      problem = message;
      if (!signal.aborted) probing ??= probeUntilItWorks();
    },
    worked() {
      problem = null;
    },
    async stop() {
      stopping.abort();
      await probing;
    },
  };
}
