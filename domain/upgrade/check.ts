/** What a check before an upgrade found. */

export const CHECKS = [
  'skew',
  'etcd-members',
  'etcd-alarms',
  'etcd-snapshot',
  'api-health',
  'nodes',
  'budgets',
  'webhooks',
  'removed-apis',
  'certificates',
  'pending-csrs',
  'alerts',
  'connectivity',
  'privileges',
  'others-at-work',
  'artifacts',
  'executors',
  'capacity',
] as const;
export type CheckName = (typeof CHECKS)[number];

export const CHECK_ANSWERS = ['ok', 'warn', 'block', 'unknown'] as const;

/** `unknown` blocks (M7). */
export interface CheckResult {
  readonly check: CheckName;
  readonly answer: (typeof CHECK_ANSWERS)[number];
  /** What was found, by name; at most 200. */
  readonly objects: readonly string[];
  readonly detail: string;
  /** A finding that the configuration takes back, with why and until when; it does not block then. */
  readonly accepted: { readonly reason: string; readonly untilMs: number } | null;
}

export function isBlocking({ answer, accepted }: CheckResult): boolean {
  return (answer === 'block' || answer === 'unknown') && accepted === null;
}
