/** What the healing knows of a node, and which nodes it considers (H1). */

import type { NodeName, NodeUid } from './identity.ts';
import type { NodeMark } from './mark.ts';

export interface NodeFacts {
  readonly name: NodeName;
  readonly uid: NodeUid;
  /** Label `kubernetes.io/os=windows`, and not left out by `healing.nodes` or as a virtual node. */
  readonly windows: boolean;
  /** Condition `Ready` is `True`. */
  readonly ready: boolean;
  /**
   * The healed annotation is `true`, in any case, and counts: a foreign mark does not where `healing.foreignMark` is `heal`,
   * and none does where `healing.reheal.on` lists what changed since.
   */
  readonly healed: boolean;
  /** The annotation `vigilante-healing` is `disabled`. */
  readonly disabled: boolean;
  /** When `Ready` last changed, in milliseconds since 1970; null where the node does not say. */
  readonly readyChangedMs: number | null;
  /** What the mark is worth; missing without one, and in facts of an older version. */
  readonly mark?: NodeMark;
  /** Digest of machine and boot; missing where the kubelet says neither, and in facts of an older version. */
  readonly boot?: string;
  /** Annotation `vigilante-hint`, cut; another value asks for an attempt at once. Missing without one. */
  readonly hint?: string;
  /** When the mark was written, in milliseconds since 1970; missing where no proof of ours says so. */
  readonly markedMs?: number;
  /** When the mark was last taken back because the node relapsed; missing where it never was. */
  readonly relapsedMs?: number;
  /** When the node was created; missing where no startup taint is configured, and in facts of an older version. */
  readonly createdMs?: number;
  /** Whether the startup taint is there; missing as the time of creation. */
  readonly tainted?: boolean;
}

/** What is kept of a hint: it is compared, never read. */
export const HINT_LENGTH_MAX = 64;

export type NodeObservation = { readonly kind: 'present'; readonly facts: NodeFacts } | { readonly kind: 'gone' };

/** Whether a heal belongs to this node: Windows, not healed, not switched off. Readiness decides when. */
export function needsHealing(facts: NodeFacts): boolean {
  return facts.windows && !facts.healed && !facts.disabled;
}

/**
 * Equal for two observations that a heal would act on alike; `nodeChanged` is sent only when it differs.
 * The time of the last change to Ready belongs to it, so that NotReady between two observations is not missed.
 */
export function nodeFingerprint(observation: NodeObservation): string {
  if (observation.kind === 'gone') return 'gone';
  const { uid, ready, readyChangedMs, healed, disabled, windows } = observation.facts;
  const flags = { healed, disabled, windows };
  const readiness = ready ? `ready@${readyChangedMs ?? 'unknown'}` : 'not-ready';
  return [uid, readiness, ...Object.entries(flags).flatMap(([flag, set]) => (set ? [flag] : []))].join(' ');
}
