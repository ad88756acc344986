/** What a benchmark takes and returns, and the percentiles that it is made of. */

export interface BenchResult {
  readonly title: string;
  /** One object a row; the keys are the columns. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
  /** What must not be and was: the command ends with 1. */
  readonly problems?: readonly string[];
}

/** Wrong arguments of a benchmark. */
export class UsageError extends Error {}

export function wholeNumber(option: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${option} is ${text}; allowed: a whole number from ${min} to ${max}`);
}

/** The smallest value that at least `percent` of the values do not exceed (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new Error('a percentile needs at least one value');
  return value;
}
