/** Which agents get a place in memory and in the store: those of expected pods always find theirs. */

/** Agents without an expected pod that are kept at a time, while all expected pods are known; then the oldest goes. */
export const STRANGERS_MAX = 256;
/** For how long such a report is kept: far longer than a new pod takes to become known. */
export const STRANGER_KEPT_MS = 60_000;

export interface Occupancy {
  readonly agentsMax: number;
  /** Agents of expected pods, those included whose first report is being stored. */
  readonly expected: number;
  /** All others, likewise. */
  readonly strangers: number;
  /** Whether all expected pods are known; while they are not, every new name may be one. */
  readonly arePodsKnown: boolean;
}

export type Place =
  | { readonly kind: 'free' }
  /** The stranger that has reported least recently makes room. */
  | { readonly kind: 'of-a-stranger' }
  | { readonly kind: 'none' };

export function placeFor(newcomer: { readonly isExpected: boolean }, occupancy: Occupancy): Place {
  const { agentsMax, expected, strangers, arePodsKnown } = occupancy;
  const strangersMax = arePodsKnown ? Math.min(STRANGERS_MAX, agentsMax) : Math.max(0, agentsMax - expected);
  if (newcomer.isExpected) {
    if (expected >= agentsMax) return { kind: 'none' };
    const isCrowded = !arePodsKnown && expected + strangers >= agentsMax;
    return { kind: isCrowded ? 'of-a-stranger' : 'free' };
  }
  if (strangers < strangersMax) return { kind: 'free' };
  // While pods are not known, no agent gives way: each of them may be an expected one.
  return { kind: arePodsKnown && strangers > 0 ? 'of-a-stranger' : 'none' };
}
