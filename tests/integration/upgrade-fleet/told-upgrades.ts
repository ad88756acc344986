/** An `upgradeCluster` for tests that ends as it is told, beside the real soak. */

import { ActivityCancellationType, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { UpgradeClusterInput, UpgradeClusterResult } from '../../../contracts/upgrade/upgrade-cluster.ts';

export { soakCluster } from '../../../workflows/upgrade/soak-cluster.ts';

export interface ToldActivities {
  endUpgrade(input: UpgradeClusterInput): Promise<Pick<UpgradeClusterResult, 'outcome' | 'detail'>>;
}

const { endUpgrade } = proxyActivities<ToldActivities>({
  startToCloseTimeout: '10 minutes',
  cancellationType: ActivityCancellationType.ABANDON,
  retry: { maximumAttempts: 1 },
});

export async function upgradeCluster(input: UpgradeClusterInput): Promise<UpgradeClusterResult> {
  const rest = { counts: {}, exceptions: [], preflight: [], planDigest: `sha256:${'a'.repeat(64)}` };
  try {
    return { ...(await endUpgrade(input)), ...rest };
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return { outcome: 'aborted', detail: 'it was cancelled', ...rest };
  }
}
