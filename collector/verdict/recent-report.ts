/** Whether what an agent reported still holds. */

import type { JudgedAgent } from './verdict.ts';

/** Reports that are older than two intervals are not answered: what ran then may run no longer. */
const INTERVALS_MAX = 2;

/** An agent whose report names another node than its pod has says nothing of either. */
export function isRecent({ report, judgement }: JudgedAgent, atMs: number): boolean {
  if (report === null || judgement.conflictingNode !== null) return false;
  return atMs - report.receivedMs <= INTERVALS_MAX * report.intervalMs;
}
