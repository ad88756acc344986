/** What is wrong with a store: known after a failure, and tried again until it is over, also without a save. */

import { messageOf } from '../../domain/error-message.ts';
import { pause } from '../../runtime/pause.ts';

export interface StoreHealth {
  problem(): string | null;
  /** Something failed that a healthy store does; from now on it is tried until it works. */
  failed(error: unknown): void;
  worked(): void;
  /**
   * One write was refused although the store answers: tries whether it takes any. Resolves with false where it takes
   * none, and that is a problem from now on; true where the fault is of that write.
   */
  takesOthers(refusal: Error): Promise<boolean>;
  /** Resolves when no try is under way. */
  stop(): Promise<void>;
}

export interface StoreHealthOptions {
  /**
   * Throws while the store cannot take an ordinary record; leaves none behind. A collector that is not ready gets no
   * reports, so nothing else would show that the store works again.
   */
  readonly probe: () => Promise<void>;
  /** Called when an outage begins; not each time where it comes and goes, as with a disk that is nearly full. */
  readonly onProblem: (message: string) => void;
}

const PROBE_EVERY_MS = 500;
/** Between two failures that are both reported. */
const QUIET_MS = 10_000;

export function createStoreHealth({ probe, onProblem }: StoreHealthOptions): StoreHealth {
  const stopping = new AbortController();
  const { signal } = stopping;
  let problem: string | null = null;
  let failedMs = Number.NEGATIVE_INFINITY;
  let probing: Promise<void> | null = null;
  /** Shared by the writes that are refused at the same time. */
  let trial: Promise<void> | null = null;
  let refusedMs = Number.NEGATIVE_INFINITY;

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

  function failed(error: unknown): void {
    const message = messageOf(error);
    const nowMs = performance.now();
    if (problem === null && nowMs - failedMs > QUIET_MS) onProblem(message);
    failedMs = nowMs;
    problem = message;
    if (!signal.aborted) probing ??= probeUntilItWorks();
  }

  async function tryOnce(): Promise<void> {
    try {
      await probe();
    } finally {
      trial = null;
    }
  }

  return {
    problem: () => problem,
    failed,
    async takesOthers(refusal) {
      try {
        trial ??= tryOnce();
        await trial;
      } catch (error) {
        failed(error);
        return false;
      }
      const nowMs = performance.now();
      if (nowMs - refusedMs > QUIET_MS) onProblem(`the store takes reports, but refused one: ${messageOf(refusal)}`);
      refusedMs = nowMs;
      return true;
    },
    worked() {
      problem = null;
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled([probing, trial]);
    },
  };
}

/** Whether what other collectors write is heard; a watch that is broken is not healed by a write that works. */
export interface WatchHealth {
  problem(): string | null;
  failed(message: string): void;
  alive(): void;
}

export function createWatchHealth({ onProblem }: Pick<StoreHealthOptions, 'onProblem'>): WatchHealth {
  let problem: string | null = null;
  let failedMs = Number.NEGATIVE_INFINITY;
  return {
    problem: () => problem,
    failed(message) {
      const nowMs = performance.now();
      if (problem === null && nowMs - failedMs > QUIET_MS) onProblem(message);
      failedMs = nowMs;
      problem = message;
    },
    alive() {
      problem = null;
    },
  };
}
