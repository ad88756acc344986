/** The Temporal workers of the process: workflows with their activities, pod activities (H16), and probes. */

import { type NativeConnection, Worker, type WorkerDeploymentOptions, type WorkerOptions } from '@temporalio/worker';

import type { Config } from '../config/schema/config.ts';
import type { ConnectivityActivities } from '../contracts/connectivity/activities.ts';
import type { HealingActivities } from '../contracts/healing/activities.ts';
import { podTaskQueue, probeTaskQueue } from '../contracts/healing/names.ts';
import { type OnboardingActivities, STEPS_BESIDE_PROBES } from '../contracts/healing/onboarding-activities.ts';
import { taskQueue } from '../contracts/names.ts';
import { linkOf } from '../temporal/link.ts';
import { GuardedWorker } from './guarded-worker.ts';
import { patchActivation } from './patch-activation.ts';

export interface WorkerParts {
  readonly config: Config;
  /** Where it is that of a link, the workers follow when it is replaced. */
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly activities: HealingActivities & ConnectivityActivities;
  /** Of `onboardNode` and `verifyNode`; missing where neither is run. */
  readonly onboarding?: OnboardingActivities;
  readonly workflowBundle: NonNullable<WorkerOptions['workflowBundle']>;
  /** Default `GuardedWorker`; a benchmark gives it another clock. */
  readonly workflowWorker?: typeof GuardedWorker;
  /** Whether Temporal takes our search attributes now; by default as the configuration says. */
  readonly areAttributesWritable?: () => boolean;
}

export interface Workers {
  /** Resolves after a drain, when the signal is aborted; rejects when one of the workers dies, after ending the other. */
  run(signal: AbortSignal): Promise<void>;
  /** Null when both take work, else which does not. */
  problem(): string | null;
}

const STICKY_TIMEOUT_MS = 3_000;

/** How long a request of an attempt may take to end; one that waits for its pod need not be waited for. */
const HAND_OVER_MS = 1_000;

/** A drain that takes longer than its grace by this is cut off. */
const FORCE_AFTER_MS = 10_000;

export async function createWorkers(parts: WorkerParts): Promise<Workers> {
  const { workflowWorker = GuardedWorker } = parts;
  const workers = [
    await workflowWorker.create(healOptions(parts)),
    await Worker.create(podOptions(parts)),
    ...(parts.onboarding === undefined ? [] : [await Worker.create(probeOptions(parts, parts.onboarding))]),
  ];
  // Polls that are under way end on the old connection.
  linkOf(parts.connection)?.onReplaced((connection) => {
    for (const worker of workers) worker.connection = connection;
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

function healOptions(parts: WorkerParts): WorkerOptions {
  const { cluster, worker } = parts.config;
  return {
    ...sharedOptions(parts),
    activities: { ...parts.activities, ...stepsOf(parts.onboarding, { besideProbes: true }) },
    taskQueue: taskQueue(cluster),
    workflowBundle: parts.workflowBundle,
    patchActivationCallback: patchActivation(
      parts.areAttributesWritable ?? (() => parts.config.temporal.searchAttributes),
    ),
    // Unset, the cache grows with the memory of the machine until the container is killed.
    maxCachedWorkflows: worker.cachedWorkflowsMax,
    // How long a heal waits for a worker that was killed before another one takes it; the default is 10 s.
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT_MS,
    maxConcurrentWorkflowTaskExecutions: worker.workflowTasksMax,
    maxConcurrentActivityTaskExecutions: worker.activitiesMax,
  };
}

function podOptions(parts: WorkerParts): WorkerOptions {
  const { cluster, worker, healing } = parts.config;
  return {
    ...sharedOptions(parts),
    taskQueue: podTaskQueue(cluster),
    maxConcurrentActivityTaskExecutions: worker.podActivitiesMax,
    // Kept by the server, over all workers together.
    maxTaskQueueActivitiesPerSecond: healing.attemptsPerSecond,
  };
}

/** Those that are called on the queue of the workflows, or those on that of the probes. */
function stepsOf(
  onboarding: OnboardingActivities | undefined,
  { besideProbes }: { readonly besideProbes: boolean },
): Partial<OnboardingActivities> {
  const isBeside = (name: string) => STEPS_BESIDE_PROBES.some((step) => step === name);
  return Object.fromEntries(Object.entries(onboarding ?? {}).filter(([name]) => isBeside(name) === besideProbes));
}

function probeOptions(parts: WorkerParts, onboarding: OnboardingActivities): WorkerOptions {
  const { cluster, worker, healing } = parts.config;
  const handOverMs = Math.min(worker.shutdownGraceMs, HAND_OVER_MS);
  return {
    ...sharedOptions(parts),
    activities: stepsOf(onboarding, { besideProbes: false }),
    taskQueue: probeTaskQueue(cluster),
    maxConcurrentActivityTaskExecutions: worker.probesMax,
    maxTaskQueueActivitiesPerSecond: healing.attemptsPerSecond,
    // An attempt that waits for its pod is taken over by another worker, which finds the pod.
    shutdownGraceTime: handOverMs,
  };
}

function sharedOptions({ config, connection, namespace, activities }: WorkerParts) {
  const { shutdownGraceMs, deploymentName, buildId } = config.worker;
  return {
    connection,
    namespace,
    activities,
    shutdownGraceTime: shutdownGraceMs,
    shutdownForceTime: shutdownGraceMs + FORCE_AFTER_MS,
    ...(deploymentName === undefined || buildId === undefined
      ? {}
      : { workerDeploymentOptions: deploymentOptions(deploymentName, buildId) }),
  };
}

/** Only where a controller sets both: then heals that run move to a new version when it becomes the current one. */
function deploymentOptions(deploymentName: string, buildId: string): WorkerDeploymentOptions {
  return {
    version: { deploymentName, buildId },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  };
}
