/** Runs `upgradeCluster` and `maintainNode` of the built bundle against the real time-skipping server. */

import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { maintenanceTaskQueue } from '../../../contracts/names.ts';
import { upgradeStatus } from '../../../contracts/upgrade/cluster-messages.ts';
import type { UpgradeClusterStatus } from '../../../contracts/upgrade/cluster-status.ts';
import { UPGRADE_CLUSTER_WORKFLOW, upgradeClusterWorkflowId } from '../../../contracts/upgrade/names.ts';
import type { UpgradeClusterInput, UpgradeClusterResult } from '../../../contracts/upgrade/upgrade-cluster.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { patchActivation } from '../../../temporal/worker/patch-activation.ts';
import { TARGET } from '../../fixtures/cluster-upgrade.ts';
import type { Harness } from '../../integration/heal-node/harness.ts';
import { createMaintenanceWorld, type MaintenanceWorld } from '../../integration/maintain-node/world.ts';
import { createUpgradeWorld, type UpgradeWorld } from './world.ts';

export interface Scene {
  readonly cluster: string;
  readonly world: UpgradeWorld;
  readonly maintenance: MaintenanceWorld;
  start(change?: Partial<UpgradeClusterInput>): Promise<Upgrade>;
}

export interface Upgrade {
  readonly handle: WorkflowHandle;
  result(): Promise<UpgradeClusterResult>;
  until(what: string, isSo: (status: UpgradeClusterStatus) => boolean): Promise<UpgradeClusterStatus>;
}

const UNTIL = { timeoutMs: 60_000, pollMs: 50 };

export async function withUpgrade<T>({ env, bundle }: Harness, body: (scene: Scene) => Promise<T>): Promise<T> {
  const cluster = `test-${randomUUID().slice(0, 8)}`;
  const maintenance = createMaintenanceWorld(env.client, cluster);
  const world = createUpgradeWorld(env.client, cluster, maintenance);
  const worker = await Worker.create({
    connection: env.nativeConnection,
    activities: { ...maintenance.activities, ...world.activities },
    taskQueue: maintenanceTaskQueue(cluster),
    workflowBundle: bundle,
    patchActivationCallback: patchActivation(() => true),
    maxHeartbeatThrottleInterval: 20,
  });
  const start = async (change: Partial<UpgradeClusterInput> = {}): Promise<Upgrade> => {
    const input: UpgradeClusterInput = {
      cluster,
      run: 'run-1',
      versions: { kubernetes: TARGET, cni: null, crictl: null, etcd: null, artifacts: [] },
      parts: ['control-plane', 'workers'],
      mode: 'upgrade',
      startedBy: 'anna',
      fleet: null,
      ...change,
    };
    const handle = await env.client.workflow.start(UPGRADE_CLUSTER_WORKFLOW, {
      workflowId: upgradeClusterWorkflowId(cluster),
      taskQueue: maintenanceTaskQueue(cluster),
      args: [input],
    });
    return {
      handle,
      result: async () => (await handle.result()) as UpgradeClusterResult,
      until: (what, isSo) =>
        waitUntil(
          async () => {
            const status = await handle.query(upgradeStatus);
            return isSo(status) ? status : null;
          },
          { what, ...UNTIL },
        ),
    };
  };
  return worker.runUntil(() => body({ cluster, world, maintenance, start }));
}
