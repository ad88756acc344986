/** The Temporal workers of one process: run together, ended together, moved to a new connection together. */

import type {
  FixedSizeSlotSupplier,
  NativeConnection,
  ResourceBasedSlotsForType,
  ResourceBasedTunerOptions,
  Worker,
  WorkerDeploymentOptions,
  WorkerOptions,
  WorkerTuner,
} from '@temporalio/worker';

import type { Config } from '../../config/schema/config.ts';
import { linkOf } from '../link.ts';

export interface Workers {
  /** Resolves after a drain, when the signal is aborted; rejects when one of the workers dies, after ending the others. */
  run(signal: AbortSignal): Promise<void>;
  /** Null when all take work, else which does not. */
  problem(): string | null;
}

/** A drain that takes longer than its grace by this is cut off. */
const FORCE_AFTER_MS = 10_000;
/**
 * How long a workflow waits for the worker that has it in memory: one that is busy, or one that was killed. With less, the
 * tasks of a busy worker are taken from it, replayed, and make it busier. Ten seconds after its last poll a worker counts
 * as gone anyway.
 */
const STICKY_TIMEOUT_MS = 30_000;
/** Of all cores and all memory: more of a task that can wait is not begun. */
const MACHINE_IS_BUSY: ResourceBasedTunerOptions = { targetCpuUsage: 0.9, targetMemoryUsage: 0.9 };
/** What may wait is begun at this pace at most, so that the machine's load is seen before more of it. */
const BEGIN_EVERY_MS = 10;
/** Half of the polls ask for workflows that no worker has in memory: a new node's first task does not wait for old ones. */
const NEW_WORKFLOWS_SHARE = 0.5;

/** Where the connection is that of a link, the workers follow when it is replaced. */
export function workersOf(workers: readonly Worker[], connection: NativeConnection): Workers {
  // Polls that are under way end on the old connection.
  linkOf(connection)?.onReplaced((next) => {
    for (const worker of workers) worker.connection = next;
  });
  const stopAll = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return {
    async run(signal) {
      const runs = workers.map((worker) => worker.run().finally(stopAll));
      if (signal.aborted) stopAll();
      signal.addEventListener('abort', stopAll, { once: true });
      const ends = await Promise.allSettled(runs);
      signal.removeEventListener('abort', stopAll);
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    problem() {
      const states = workers.map((worker) => `${worker.options.taskQueue} is ${worker.getState()}`);
      return workers.every((worker) => worker.getState() === 'RUNNING') ? null : states.join(', ');
    },
  };
}

/** What the configuration says of a worker that runs workflows. */
export function workflowWorkerOptions({ worker }: Config): Partial<WorkerOptions> {
  return {
    // Unset, the cache grows with the memory of the machine until the container is killed.
    maxCachedWorkflows: worker.cachedWorkflowsMax,
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT_MS,
    nonStickyToStickyPollRatio: NEW_WORKFLOWS_SHARE,
    tuner: tunerOf({
      // As many at any load. Given as a fixed number, the SDK asks with one poll at a time for workflows that are in no
      // worker's memory while there is a backlog of others: on a busy worker they waited for minutes.
      workflowTasks: {
        type: 'resource-based',
        tunerOptions: MACHINE_IS_BUSY,
        minimumSlots: worker.workflowTasksMax,
        maximumSlots: worker.workflowTasksMax,
      },
      activities: fixed(worker.activitiesMax),
    }),
  };
}

/**
 * Activities that can wait for a busy machine: then only `atLeast` of them are under way at a time. The others wait in
 * their queue, and no workflow task behind them.
 */
export function patientActivities({ atLeast, atMost }: { readonly atLeast: number; readonly atMost: number }) {
  return tunerOf({
    workflowTasks: fixed(1),
    activities: {
      type: 'resource-based',
      tunerOptions: MACHINE_IS_BUSY,
      minimumSlots: Math.min(atLeast, atMost),
      maximumSlots: atMost,
      rampThrottle: BEGIN_EVERY_MS,
    },
  });
}

type Slots = FixedSizeSlotSupplier | ResourceBasedSlotsForType;

/** Neither local activities nor Nexus are used. */
function tunerOf({ workflowTasks, activities }: { workflowTasks: Slots; activities: Slots }): WorkerTuner {
  return {
    workflowTaskSlotSupplier: workflowTasks,
    activityTaskSlotSupplier: activities,
    localActivityTaskSlotSupplier: fixed(1),
    nexusTaskSlotSupplier: fixed(1),
  };
}

function fixed(numSlots: number): FixedSizeSlotSupplier {
  return { type: 'fixed-size', numSlots };
}

/** What the configuration says of every worker of a process. */
export function sharedWorkerOptions({ worker }: Config): Partial<WorkerOptions> {
  const { shutdownGraceMs, deploymentName, buildId } = worker;
  return {
    shutdownGraceTime: shutdownGraceMs,
    shutdownForceTime: shutdownGraceMs + FORCE_AFTER_MS,
    ...(deploymentName === undefined || buildId === undefined
      ? {}
      : { workerDeploymentOptions: deploymentOptions(deploymentName, buildId) }),
  };
}

/** Only where a controller sets both: then workflows that run move to a new version when it becomes the current one. */
function deploymentOptions(deploymentName: string, buildId: string): WorkerDeploymentOptions {
  return {
    version: { deploymentName, buildId },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  };
}
