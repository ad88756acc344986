/** The upgrade of the cluster of a sandbox: started, followed to what is waited for, and its end. */

import type { Client } from '@temporalio/client';
import { maintenanceTaskQueue } from '../../contracts/names.ts';
import type { UpgradeClusterStatus } from '../../contracts/upgrade/cluster-status.ts';
import { UPGRADE_CLUSTER_WORKFLOW, upgradeClusterWorkflowId } from '../../contracts/upgrade/names.ts';
import type { UpgradeClusterInput, UpgradeClusterResult } from '../../contracts/upgrade/upgrade-cluster.ts';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type ClusterUpgrade, clusterUpgradeOf } from '../../temporal/upgrade/clusters.ts';

const WAIT_MS = 420_000;

export interface UpgradeRun {
  readonly upgrade: ClusterUpgrade;
  begin(input: UpgradeClusterInput): Promise<void>;
  /** Of the run that was begun last. */
  result(): Promise<UpgradeClusterResult>;
  /** Null where nobody answers, or none runs. */
  status(): Promise<UpgradeClusterStatus | null>;
  until(what: string, isSo: (status: UpgradeClusterStatus) => boolean): Promise<UpgradeClusterStatus>;
}

export function upgradeRunOf(temporal: Client): UpgradeRun {
  const upgrade = clusterUpgradeOf(temporal, SANDBOX_CLUSTER);
  const workflowId = upgradeClusterWorkflowId(SANDBOX_CLUSTER);
  const handle = temporal.workflow.getHandle(workflowId);
  const status = async () => {
    const answer = await upgrade.status();
    return answer.kind === 'status' ? answer.status : null;
  };
  return {
    upgrade,
    status,
    async begin(input) {
      const taskQueue = maintenanceTaskQueue(SANDBOX_CLUSTER);
      await temporal.workflow.start(UPGRADE_CLUSTER_WORKFLOW, { workflowId, taskQueue, args: [input] });
    },
    result: async () => (await handle.result()) as UpgradeClusterResult,
    until: (what, isSo) =>
      waitUntil(
        async () => {
          const found = await status();
          return found !== null && isSo(found) ? found : null;
        },
        { what, timeoutMs: WAIT_MS, pollMs: 500, explain: async () => JSON.stringify(await status(), null, 1) },
      ),
  };
}
