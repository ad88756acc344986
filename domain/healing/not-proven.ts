/** Why the judged pods of a window proved nothing (E16), counted for people. */

import type { SourceFinding } from './pod-evidence.ts';

/** Why a pod that asked echoes is silent: an answer that is not believed, or a pod that was deleted before its end. */
export const SILENCES = ['invalid', 'late'] as const;
export type Silence = (typeof SILENCES)[number];

/** `node`, `other`: refuted by that address. `silent`: no answer. */
const REASONS = ['node', 'other', 'silent', ...SILENCES] as const;
export type NotProven = Readonly<Record<(typeof REASONS)[number], number>>;

const NONE: NotProven = { node: 0, other: 0, silent: 0, invalid: 0, late: 0 };

export function countNotProven(
  counts: NotProven | undefined,
  { verdict, by }: SourceFinding,
  silence: Silence | undefined,
): NotProven | undefined {
  if (verdict === 'proven') return counts;
  const before = counts ?? NONE;
  // A newer worker may know more reasons.
  const known = SILENCES.find((one) => one === silence) ?? 'silent';
  const reason = verdict === 'silent' ? known : by === 'node' ? 'node' : 'other';
  return { ...before, [reason]: before[reason] + 1 };
}

const WORDS: Readonly<Record<keyof NotProven, string>> = {
  node: "refuted by the node's address",
  other: 'refuted by another address',
  silent: 'silent',
  invalid: 'with an answer that is not believed',
  late: 'late',
};

/** Such as "12 refuted by the node's address, 1 late"; empty where every judged pod was proven. */
export function describeNotProven(counts: NotProven = NONE): string {
  return REASONS.filter((reason) => counts[reason] > 0)
    .map((reason) => `${counts[reason]} ${WORDS[reason]}`)
    .join(', ');
}
