/** The Temporal workers of the process: workflows with their activities, pod activities (H16), and probes. */

import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';

import type { Config } from '../config/schema/config.ts';
import type { ConnectivityActivities } from '../contracts/connectivity/activities.ts';
import type { HealingActivities } from '../contracts/healing/activities.ts';
import { firstProbeTaskQueue, podTaskQueue, probeTaskQueue } from '../contracts/healing/names.ts';
import { type OnboardingActivities, STEPS_BESIDE_PROBES } from '../contracts/healing/onboarding-activities.ts';
import { taskQueue } from '../contracts/names.ts';
import { GuardedWorker } from '../temporal/worker/guarded-worker.ts';
import { patchActivation } from '../temporal/worker/patch-activation.ts';
import {
  patientActivities,
  sharedWorkerOptions,
  type Workers,
  workersOf,
  workflowWorkerOptions,
} from '../temporal/worker/running-workers.ts';

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

/** How long a request of an attempt may take to end; one that waits for its pod need not be waited for. */
const HAND_OVER_MS = 1_000;
/** Attempts at a time on a machine that is busy. */
const PROBES_UNDER_LOAD = 20;

export async function createWorkers(parts: WorkerParts): Promise<Workers> {
  const { workflowWorker = GuardedWorker } = parts;
  const workers = [
    await workflowWorker.create(healOptions(parts)),
    await Worker.create(podOptions(parts)),
    ...(parts.onboarding === undefined ? [] : await probeWorkers(parts, parts.onboarding)),
  ];
  return workersOf(workers, parts.connection);
}

function healOptions(parts: WorkerParts): WorkerOptions {
  const { cluster } = parts.config;
  return {
    ...sharedOptions(parts),
    activities: { ...parts.activities, ...stepsOf(parts.onboarding, { besideProbes: true }) },
    taskQueue: taskQueue(cluster),
    workflowBundle: parts.workflowBundle,
    patchActivationCallback: patchActivation(
      parts.areAttributesWritable ?? (() => parts.config.temporal.searchAttributes),
    ),
    ...workflowWorkerOptions(parts.config),
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

async function probeWorkers(parts: WorkerParts, onboarding: OnboardingActivities): Promise<Worker[]> {
  const { cluster, worker, healing } = parts.config;
  const handOverMs = Math.min(worker.shutdownGraceMs, HAND_OVER_MS);
  const options = {
    ...sharedOptions(parts),
    activities: stepsOf(onboarding, { besideProbes: false }),
    // An attempt that waits for its pod is taken over by another worker, which finds the pod.
    shutdownGraceTime: handOverMs,
  };
  return [
    await Worker.create({
      ...options,
      taskQueue: firstProbeTaskQueue(cluster),
      maxConcurrentActivityTaskExecutions: worker.probesMax,
    }),
    await Worker.create({
      ...options,
      taskQueue: probeTaskQueue(cluster),
      tuner: patientActivities({ atLeast: PROBES_UNDER_LOAD, atMost: worker.probesMax }),
      maxTaskQueueActivitiesPerSecond: healing.attemptsPerSecond,
    }),
  ];
}

function sharedOptions({ config, connection, namespace, activities }: WorkerParts) {
  return { connection, namespace, activities, ...sharedWorkerOptions(config) };
}
