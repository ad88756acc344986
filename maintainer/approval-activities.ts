/** The activity that looks at approvals, with what it needs. */

import { createApprovalActivities } from '../activities/upgrade/approvals.ts';
import type { Config } from '../config/schema/config.ts';
import type { ApprovalActivities } from '../contracts/upgrade/activities.ts';
import type { ClusterConnection } from '../kubernetes/client/connection.ts';
import { createApprovals } from '../kubernetes/upgrade/approvals.ts';

export function approvalActivities(
  { maintenance }: Pick<Config, 'maintenance'>,
  cluster: ClusterConnection,
): ApprovalActivities {
  const { namespace, ...rules } = maintenance.upgrade.approval;
  const approvals = createApprovals(cluster, namespace ?? cluster.namespace ?? 'default');
  return createApprovalActivities({ rules, approvals, serverNowMs: cluster.serverNowMs });
}
