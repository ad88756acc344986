/** What a run prints of its judgement: each invariant with its verdict, then the violations. */

export interface JudgedInvariant<Invariant extends string> {
  readonly invariant: Invariant;
  /** A check of nothing is a failure, too. */
  readonly checked: number;
  readonly violations: readonly string[];
}

const VIOLATIONS_TOLD_MAX = 10;

export function hasBroken(findings: readonly JudgedInvariant<string>[]): boolean {
  return findings.some(({ violations, checked }) => violations.length > 0 || checked === 0);
}

export function findingLines<Invariant extends string>(
  findings: readonly JudgedInvariant<Invariant>[],
  invariants: Readonly<Record<Invariant, string>>,
): readonly string[] {
  const verdicts = findings.map(({ invariant, checked, violations }) => {
    const count = violations.length;
    const verdict = count > 0 ? `${count} VIOLATIONS` : checked === 0 ? 'CHECKED NOTHING' : 'holds';
    return `(${invariant}) ${invariants[invariant]}: ${verdict}; checked ${checked}`;
  });
  const told = findings.flatMap(({ invariant, violations }) =>
    violations.slice(0, VIOLATIONS_TOLD_MAX).map((what) => `VIOLATION (${invariant}) ${what}`),
  );
  return [...verdicts, ...told];
}

export function faultsLine(faults: ReadonlyMap<string, number>): string {
  const told = [...faults].toSorted(([one], [other]) => one.localeCompare(other));
  return `faults: ${told.map(([kind, count]) => `${count} ${kind}`).join(', ') || 'none'}`;
}
