/** Activities of upgrades that the maintainer of a cluster runs: what workflows and maintainer agree on. */

import type { ApprovalAnswer } from '../../domain/upgrade/approvals.ts';
import type { CheckResult } from '../../domain/upgrade/check.ts';
import type { UpgradePart } from '../../domain/upgrade/order.ts';
import type { TargetVersions } from './upgrade-cluster.ts';

/** `survey` and `before-acts` ask everything, `before-wave` what can have changed since. */
export const PREFLIGHT_MOMENTS = ['survey', 'before-acts', 'before-wave'] as const;

export interface PreflightInput {
  readonly run: string;
  readonly versions: TargetVersions;
  readonly parts: readonly UpgradePart[];
  readonly moment: (typeof PREFLIGHT_MOMENTS)[number];
}

export interface PreflightActivities {
  /** Every check of the moment has a result, also one that could not be made (M7). A survey writes nothing (M8). */
  checkCluster(input: PreflightInput): Promise<readonly CheckResult[]>;
}

export interface LookAtApprovalsInput {
  readonly run: string;
  readonly planDigest: string;
  /** As the client says of itself; its own approval does not count where the cluster says so. */
  readonly startedBy: string;
}

export type LookAtApprovalsResult = ApprovalAnswer;

export interface ApprovalActivities {
  lookAtApprovals(input: LookAtApprovalsInput): Promise<LookAtApprovalsResult>;
}
