/** The activities as `upgradeCluster` calls them: retried until they succeed, their results parsed. */

import type { ApprovalActivities, PreflightActivities } from '../../contracts/upgrade/activities.ts';
import type { UpgradeClusterActivities } from '../../contracts/upgrade/cluster-activities.ts';
import { UPGRADE_RESULTS } from '../../contracts/upgrade/cluster-parser.ts';
import { retriedCallerOf } from '../retried-calls.ts';

export const callOf = retriedCallerOf<UpgradeClusterActivities & PreflightActivities & ApprovalActivities>(
  UPGRADE_RESULTS,
);
