/** The Temporal worker of the process: workflows and activities of maintenance and privileges, on a queue of their own. */

import type { NativeConnection, WorkerOptions } from '@temporalio/worker';

import type { Config } from '../config/schema/config.ts';
import type { MaintenanceActivities } from '../contracts/maintenance/activities.ts';
import { maintenanceTaskQueue } from '../contracts/names.ts';
import type { ApprovalActivities, PreflightActivities } from '../contracts/upgrade/activities.ts';
import type { UpgradeClusterActivities } from '../contracts/upgrade/cluster-activities.ts';
import type { SoakActivities } from '../contracts/upgrade/soak-cluster.ts';
import { GuardedWorker } from '../temporal/worker/guarded-worker.ts';
import { patchActivation } from '../temporal/worker/patch-activation.ts';
import {
  sharedWorkerOptions,
  type Workers,
  workersOf,
  workflowWorkerOptions,
} from '../temporal/worker/running-workers.ts';
import type { MaintainerActivities } from './maintainer-activities.ts';

export interface MaintainerParts {
  readonly config: Config;
  /** Where it is that of a link, the worker follows when it is replaced. */
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly activities: MaintainerActivities &
    MaintenanceActivities &
    UpgradeClusterActivities &
    SoakActivities &
    ApprovalActivities &
    PreflightActivities;
  readonly workflowBundle: NonNullable<WorkerOptions['workflowBundle']>;
  /** Whether Temporal takes our search attributes now. */
  readonly areAttributesWritable: () => boolean;
}

export async function createMaintainer(parts: MaintainerParts): Promise<Workers> {
  const { config, connection, namespace, activities, workflowBundle, areAttributesWritable } = parts;
  const worker = await GuardedWorker.create({
    ...sharedWorkerOptions(config),
    ...workflowWorkerOptions(config),
    connection,
    namespace,
    activities,
    workflowBundle,
    taskQueue: maintenanceTaskQueue(config.cluster),
    patchActivationCallback: patchActivation(areAttributesWritable),
  });
  return workersOf([worker], connection);
}
