/** The startup taint of a node: whether it is there, and the taints without it. */

import type { NodeObject, Taint } from '../client/objects.ts';

/** What a startup taint adds to the facts of a node; nothing where none is configured. */
export interface TaintFacts {
  readonly createdMs?: number;
  readonly tainted?: boolean;
}

export function taintFacts(node: NodeObject, startupTaint: string | undefined): TaintFacts {
  if (startupTaint === undefined) return {};
  const createdMs = Date.parse(node.metadata?.creationTimestamp ?? '');
  const tainted = withoutTaint(node, startupTaint) !== null;
  return Number.isNaN(createdMs) ? { tainted } : { createdMs, tainted };
}

/** All other taints as they were read, in their order; null where the taint is not there, whatever its value and effect. */
export function withoutTaint({ spec }: NodeObject, key: string): readonly Taint[] | null {
  const taints = spec?.taints ?? [];
  const kept = taints.filter((taint) => taint.key !== key);
  return kept.length === taints.length ? null : kept;
}
