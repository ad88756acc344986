/** Whether people have approved a plan, as the cluster demands it (M37). Times in milliseconds since 1970. */

import { clockTime } from '../clock-time.ts';

export const APPROVAL_DECISIONS = ['approve', 'reject'] as const;
export type ApprovalDecision = (typeof APPROVAL_DECISIONS)[number];

export interface Approval {
  readonly run: string;
  readonly planDigest: string;
  readonly decision: ApprovalDecision;
  /** Who the API server knows the person as. */
  readonly by: string;
  readonly comment: string;
  /** Null: it does not expire. */
  readonly notAfterMs: number | null;
}

export interface ApprovalRules {
  readonly required: boolean;
  /** So many different people. */
  readonly count: number;
  /** Whoever says to have started the run does not count. */
  readonly notByStarter: boolean;
}

export interface ApprovalQuestion {
  readonly run: string;
  readonly planDigest: string;
  readonly startedBy: string;
  readonly nowMs: number;
}

export type ApprovalAnswer =
  /** The cluster demands none. */
  | { readonly kind: 'not-needed' }
  /** `untilMs`: when too few of them are left; left out where they have no end. */
  | { readonly kind: 'approved'; readonly by: readonly string[]; readonly untilMs?: number }
  /** `untilMs`: when the first of those is lost that count so far. */
  | { readonly kind: 'waiting'; readonly detail: string; readonly untilMs?: number }
  | { readonly kind: 'rejected'; readonly by: string; readonly comment: string };

/** Approvals that do not count are named in the detail, with why. */
const NAMED_MAX = 10;

/** A rejection of this very plan is a no, whoever approves it besides. */
export function approvalAnswer(
  approvals: readonly Approval[],
  rules: ApprovalRules,
  question: ApprovalQuestion,
): ApprovalAnswer {
  if (!rules.required) return { kind: 'not-needed' };
  const ofRun = approvals.filter(({ run }) => run === question.run);
  const rejection = ofRun.find(
    ({ decision, planDigest }) => decision === 'reject' && planDigest === question.planDigest,
  );
  if (rejection !== undefined) return { kind: 'rejected', by: rejection.by, comment: rejection.comment };
  const approving = ofRun.filter(({ decision }) => decision === 'approve');
  const judged = approving.map((approval) => ({ ...approval, flaw: flawOf(approval, rules, question) }));
  const counted = judged.filter(({ flaw }) => flaw === null);
  const by = [...new Set(counted.map((one) => one.by))].sort();
  const end = endOf(counted, rules.count);
  if (by.length >= rules.count) return { kind: 'approved', by, ...end };
  const flaws = judged.flatMap(({ by: who, flaw }) => (flaw === null || by.includes(who) ? [] : [`${who}: ${flaw}`]));
  const detail = [
    `${by.length} of ${rules.count} approvals of the plan ${question.planDigest}`,
    ...(by.length === 0 ? [] : [`by ${by.join(', ')}`]),
    ...(flaws.length === 0 ? [] : [`not counted are ${[...new Set(flaws)].slice(0, NAMED_MAX).join('; ')}`]),
  ];
  return { kind: 'waiting', detail: detail.join(', '), ...end };
}

/** Each person's longest approval counts; with more people than are needed it is not the first end that matters. */
function endOf(counted: readonly Approval[], needed: number): { readonly untilMs?: number } {
  const ends = new Map<string, number>();
  for (const { by, notAfterMs } of counted) ends.set(by, Math.max(ends.get(by) ?? 0, notAfterMs ?? Infinity));
  const lastFirst = [...ends.values()].sort((one, other) => other - one);
  const untilMs = lastFirst[Math.min(needed, lastFirst.length) - 1];
  return untilMs === undefined || untilMs === Infinity ? {} : { untilMs };
}

/** Why an approval does not count; null where it does. */
function flawOf(
  { planDigest, by, notAfterMs }: Approval,
  { notByStarter }: ApprovalRules,
  question: ApprovalQuestion,
): string | null {
  if (planDigest !== question.planDigest) return 'it is for another plan';
  if (notAfterMs !== null && notAfterMs <= question.nowMs) return `it expired at ${clockTime(notAfterMs)}`;
  if (notByStarter && by === question.startedBy) return 'the same person started the run';
  return null;
}
