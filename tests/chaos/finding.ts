/** What the check of one invariant says. */

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
} as const;

export type InvariantName = keyof typeof INVARIANTS;

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
