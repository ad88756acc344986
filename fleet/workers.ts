/** The Temporal worker of the process: the workflow `upgradeFleet`, on a queue of its own. */

import type { WorkerOptions } from '@temporalio/worker';

import { createFleetActivities } from '../activities/upgrade/maintainers.ts';
import type { Config } from '../config/schema/config.ts';
import { FLEET_TASK_QUEUE } from '../contracts/upgrade/names.ts';
import type { TellFleetInput } from '../contracts/upgrade/upgrade-events.ts';
import { temporalClient } from '../temporal/client.ts';
import type { TemporalLink } from '../temporal/link.ts';
import { lastPollMs } from '../temporal/upgrade/pollers.ts';
import { GuardedWorker } from '../temporal/worker/guarded-worker.ts';
import { patchActivation } from '../temporal/worker/patch-activation.ts';
import {
  sharedWorkerOptions,
  type Workers,
  workersOf,
  workflowWorkerOptions,
} from '../temporal/worker/running-workers.ts';

export interface FleetParts {
  readonly config: Config;
  readonly link: TemporalLink;
  readonly namespace: string;
  readonly workflowBundle: NonNullable<WorkerOptions['workflowBundle']>;
  readonly tell: (told: TellFleetInput) => void;
  /** Whether Temporal takes our search attributes now. */
  readonly areAttributesWritable: () => boolean;
}

/** A cluster whose maintainers ask for no work for so long is named (M41). */
const SILENT_MS = 300_000;
const LOOK_EVERY_MS = 30_000;
const SLICE_MS = 3_600_000;

export async function createFleetWorker(parts: FleetParts): Promise<Workers> {
  const { config, link, namespace, workflowBundle, tell, areAttributesWritable } = parts;
  const client = temporalClient(link, namespace);
  const activities = createFleetActivities({
    lastPollMs: (cluster) => lastPollMs(client, namespace, cluster),
    now: Date.now,
    silentMs: SILENT_MS,
    lookEveryMs: LOOK_EVERY_MS,
    sliceMs: SLICE_MS,
    tell,
  });
  const worker = await GuardedWorker.create({
    ...sharedWorkerOptions(config),
    ...workflowWorkerOptions(config),
    connection: link.connection,
    namespace,
    activities: { ...activities },
    workflowBundle,
    taskQueue: FLEET_TASK_QUEUE,
    patchActivationCallback: patchActivation(areAttributesWritable),
  });
  return workersOf([worker], link.connection);
}
