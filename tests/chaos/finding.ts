/** What the check of one invariant says. */

import type { ChaosEvidence } from './policy.ts';

export const INVARIANTS = {
  a: 'no node is annotated before its window has passed with enough proof',
  b: 'every node is healing, switched off or annotated',
  c: 'two pods on a node for at most one interval',
  d: 'no pod is left over',
  e: 'no workflow failed, none is stuck',
  f: 'no workflow lost its determinism',
  g: 'every acknowledged report is stored',
  h: 'no process is left behind',
  i: 'no step of a clock makes an agent missing that reports',
  j: 'no node is marked before pods in a row showed their own address',
  k: 'one pod of a heal at a time, none deleted before its end',
  l: 'no mark is taken back without a reason that the node itself showed',
  m: 'the startup taint goes with the mark, at its cap or again, and no other changes',
} as const;

export type InvariantName = keyof typeof INVARIANTS;

const OTHER_EVIDENCE: Readonly<Record<ChaosEvidence, readonly InvariantName[]>> = {
  sandbox: ['j', 'k', 'l', 'm'],
  'source-address': ['a'],
};

/** Those that a run with this evidence is judged by. */
export function invariantsOf(evidence: ChaosEvidence): readonly InvariantName[] {
  const all = Object.keys(INVARIANTS) as InvariantName[];
  return all.filter((name) => !OTHER_EVIDENCE[evidence].includes(name));
}

export interface Violation {
  readonly what: string;
  readonly node: string | null;
  readonly atMs: number;
}

export interface Finding {
  readonly invariant: InvariantName;
  /** What was looked at: a check of nothing is a failure, too. */
  readonly checked: number;
  /** Completes "checked 12 …". */
  readonly of: string;
  readonly violations: readonly Violation[];
}
