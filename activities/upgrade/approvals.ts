/** Looks whether people have approved a plan, as this cluster demands it. */

import type { ApprovalActivities } from '../../contracts/upgrade/activities.ts';
import { type ApprovalRules, approvalAnswer } from '../../domain/upgrade/approvals.ts';
import type { Approvals } from '../../kubernetes/upgrade/approvals.ts';
import { askingCluster } from '../failures.ts';

export interface ApprovalDeps {
  readonly rules: ApprovalRules;
  readonly approvals: Pick<Approvals, 'list'>;
  /** By the clock of the API server: an approval may expire. */
  readonly serverNowMs: () => number;
}

export function createApprovalActivities({ rules, approvals, serverNowMs }: ApprovalDeps): ApprovalActivities {
  return {
    // Where none is demanded nobody has to have the resource.
    lookAtApprovals: (input) =>
      askingCluster(async () => {
        const found = rules.required ? await approvals.list() : [];
        return approvalAnswer(found, rules, { ...input, nowMs: serverNowMs() });
      }),
  };
}
