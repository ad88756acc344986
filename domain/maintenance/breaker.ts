/** The breaker: stops what takes capacity after failures, or while too much is down (M29). Times in milliseconds. */

import type { GroupTally } from './budget.ts';
import type { NodeOutcomeKind } from './outcome.ts';

export interface Breaker {
  readonly failuresInARow: number;
  /** Opened by failures: until a person resumes. */
  readonly failures: { readonly sinceMs: number; readonly detail: string } | null;
  /** Opened by nodes that are down: closes by itself. `overSinceMs`: since when enough are up again. */
  readonly unavailable: {
    readonly sinceMs: number;
    readonly detail: string;
    readonly overSinceMs: number | null;
  } | null;
}

export const CLOSED_BREAKER: Breaker = { failuresInARow: 0, failures: null, unavailable: null };

/** Why it is open, for people; null while it is closed. */
export function breakerReason({ failures, unavailable }: Breaker): string | null {
  return failures?.detail ?? unavailable?.detail ?? null;
}

export interface Ending {
  readonly node: string;
  readonly outcome: NodeOutcomeKind;
}

const FAILED: readonly NodeOutcomeKind[] = ['unproven', 'act-failed'];

/** @param failuresMax so many in a row open it */
export function afterEnding(
  breaker: Breaker,
  { node, outcome }: Ending,
  { failuresMax, nowMs }: { readonly failuresMax: number; readonly nowMs: number },
): Breaker {
  if (outcome === 'done') return { ...breaker, failuresInARow: 0 };
  if (!FAILED.includes(outcome)) return breaker;
  const failuresInARow = breaker.failuresInARow + 1;
  if (failuresInARow < failuresMax || breaker.failures !== null) return { ...breaker, failuresInARow };
  const detail = `${failuresInARow} acts in a row failed, the last one on ${node}: ${outcome}`;
  return { ...breaker, failuresInARow, failures: { sinceMs: nowMs, detail } };
}

/** What was before is not held against what comes (NVSentinel #450). */
export function resumed(breaker: Breaker): Breaker {
  return { ...breaker, failuresInARow: 0, failures: null };
}

export function afterTally(
  breaker: Breaker,
  groups: readonly GroupTally[],
  { closeAfterMs, nowMs }: { readonly closeAfterMs: number; readonly nowMs: number },
): Breaker {
  const over = groups.find(({ down, unavailableMax }) => down > unavailableMax);
  const { unavailable } = breaker;
  if (over !== undefined) {
    const detail = `${over.down} of ${over.denominator} nodes of ${over.name} are down, more than ${over.unavailableMax}`;
    return { ...breaker, unavailable: { sinceMs: unavailable?.sinceMs ?? nowMs, detail, overSinceMs: null } };
  }
  if (unavailable === null) return breaker;
  const overSinceMs = unavailable.overSinceMs ?? nowMs;
  const isOver = nowMs - overSinceMs >= closeAfterMs;
  return { ...breaker, unavailable: isOver ? null : { ...unavailable, overSinceMs } };
}
