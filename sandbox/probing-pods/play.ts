/** Decides what a probing pod does: the behaviour of its node, at the time when the pod was made. */

import { LATE_PREFIX, SNAT_PREFIX, ZONE_PREFIX } from '../behaviour.ts';

export type Play =
  /** `arrives`: whose address the echo sees. `isForged`: the answer is changed before it gets into the pod's status. */
  | { readonly kind: 'dial'; readonly arrives: 'pod' | 'node'; readonly isForged: boolean }
  /** No connection is made. */
  | { readonly kind: 'mute' };

const OWN: Play = { kind: 'dial', arrives: 'pod', isForged: false };
const TRANSLATED: Play = { kind: 'dial', arrives: 'node', isForged: false };

/**
 * `behaviour`: the label's value, null where there is none. Null for a pod that does not end: kwok plays it, or it stays as
 * it was bound. The stages of kwok (sandbox/parts/pod-effect.ts) draw the same line.
 */
export function playOf(behaviour: string | null, createdMs: number): Play | null {
  if (behaviour === null || behaviour === 'proving' || behaviour.startsWith(ZONE_PREFIX)) return OWN;
  if (behaviour === 'lying') return TRANSLATED;
  if (behaviour === 'forged') return { kind: 'dial', arrives: 'pod', isForged: true };
  if (behaviour === 'mute') return { kind: 'mute' };
  if (behaviour.startsWith(SNAT_PREFIX)) return isAfter(behaviour, SNAT_PREFIX, createdMs) ? OWN : TRANSLATED;
  if (behaviour.startsWith(LATE_PREFIX)) return isAfter(behaviour, LATE_PREFIX, createdMs) ? OWN : null;
  return null;
}

function isAfter(behaviour: string, prefix: string, createdMs: number): boolean {
  return createdMs >= Number(behaviour.slice(prefix.length)) * 1_000;
}
