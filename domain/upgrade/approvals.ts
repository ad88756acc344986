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
  | { readonly kind: 'approved'; readonly by: readonly string[] }
  | { readonly kind: 'waiting'; readonly detail: string }
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
  const judged = approving.map((approval) => ({ by: approval.by, flaw: flawOf(approval, rules, question) }));
  const by = [...new Set(judged.filter(({ flaw }) => flaw === null).map((one) => one.by))].sort();
  if (by.length >= rules.count) return { kind: 'approved', by };
  const flaws = judged.flatMap(({ by: who, flaw }) => (flaw === null || by.includes(who) ? [] : [`${who}: ${flaw}`]));
  const detail = [
    `${by.length} of ${rules.count} approvals of the plan ${question.planDigest}`,
    ...(by.length === 0 ? [] : [`by ${by.join(', ')}`]),
    ...(flaws.length === 0 ? [] : [`not counted are ${[...new Set(flaws)].slice(0, NAMED_MAX).join('; ')}`]),
  ];
  return { kind: 'waiting', detail: detail.join(', ') };
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
