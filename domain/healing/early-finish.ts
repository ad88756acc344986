/** Ends a heal as soon as its effect is proven, and asks often until then (E16, E19). Times in milliseconds since 1970. */

import type { SourceFinding } from './pod-evidence.ts';

/** When a heal ends: with its window, or as soon as its pods proved the effect. */
export const FINISHES = ['window', 'proven'] as const;
export type Finish = (typeof FINISHES)[number];

export interface EarlyFinish {
  /** Pods in a row that must be proven; at least 1. */
  readonly proofsInARow: number;
  /** From the creation of the first of them to that of the last, at least. */
  readonly proofsOverMs: number;
  /** Shortest pause between attempts. */
  readonly intervalFirstMs: number;
}

/** Judged pods, the newest ones, that were all proven. */
export interface ProofRow {
  readonly proofs: number;
  readonly firstCreatedMs: number;
  readonly lastCreatedMs: number;
}

/** The pause grows with the age of the window, so that a node waits little longer than its cure took. */
const PAUSE_SHARE = 0.05;

/** A pod that was not proven ends the row; undefined where none is left. */
export function rowAfter(row: ProofRow | undefined, { verdict, createdMs }: SourceFinding): ProofRow | undefined {
  if (verdict !== 'proven') return undefined;
  // Several API servers need not have one time.
  const firstCreatedMs = Math.min(row?.firstCreatedMs ?? createdMs, createdMs);
  return { proofs: (row?.proofs ?? 0) + 1, firstCreatedMs, lastCreatedMs: createdMs };
}

export function isRowComplete(row: ProofRow | undefined, { proofsInARow, proofsOverMs }: EarlyFinish): boolean {
  return row !== undefined && row.proofs >= proofsInARow && row.lastCreatedMs - row.firstCreatedMs >= proofsOverMs;
}

/** When the next proof can count. The pods have the time of the API server, which may be another one than ours. */
export function nextInRowMs({ lastCreatedMs }: ProofRow, early: EarlyFinish, nowMs: number): number {
  const gapMs = early.proofsInARow === 1 ? 0 : Math.ceil(early.proofsOverMs / (early.proofsInARow - 1));
  return Math.min(Math.max(nowMs, lastCreatedMs + gapMs), nowMs + gapMs);
}

/** @param ageMs of the window, or since the last hint */
export function pauseMs(ageMs: number, { intervalFirstMs }: EarlyFinish, intervalMs: number): number {
  return Math.min(Math.max(intervalFirstMs, Math.round(ageMs * PAUSE_SHARE)), intervalMs);
}
