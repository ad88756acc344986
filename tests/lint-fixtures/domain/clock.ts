/** Lint fixture: a decision that reads the clock; must be reported as no-restricted-properties. */

export function tooLate(endMs: number): boolean {
  return Date.now() > endMs;
}
