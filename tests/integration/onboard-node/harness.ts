/** Runs `onboardNode` and `verifyNode` with the queues of the product, and a scripted world as their activities. */

import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { HealNodeResult } from '../../../contracts/healing/heal-node.ts';
import {
  firstProbeTaskQueue,
  ONBOARD_NODE_WORKFLOW,
  probeTaskQueue,
  VERIFY_NODE_WORKFLOW,
} from '../../../contracts/healing/names.ts';
import type {
  OnboardingPolicy,
  OnboardNodeInput,
  ProbePolicy,
  VerifyNodeInput,
  VerifyNodeResult,
} from '../../../contracts/healing/onboard-node.ts';
import { taskQueue } from '../../../contracts/names.ts';
import { patchActivation } from '../../../temporal/worker/patch-activation.ts';
import { ONBOARDING_POLICY } from '../../fixtures/healing.ts';
import type { Harness } from '../heal-node/harness.ts';
import { nodeFacts } from '../heal-node/world.ts';
import { createOnboardingWorld, type OnboardingWorld, type ProbeScript } from './world.ts';

export const { name: NODE } = nodeFacts();
export const PROFILE = 'snat';

export interface Scene {
  readonly cluster: string;
  readonly world: OnboardingWorld;
  /** Performs that while nothing works on the queue of the workflows. */
  whileAway(work: () => Promise<void>): Promise<void>;
}

export interface Onboarding extends Scene {
  readonly handle: WorkflowHandle;
  /** Awaits the end while time is skipped. */
  result(): Promise<HealNodeResult>;
}

export interface SceneOptions {
  readonly script?: ProbeScript | ((world: () => OnboardingWorld) => ProbeScript);
  readonly prepare?: (world: OnboardingWorld) => void | Promise<void>;
}

/** As the product has them: on the queue of the workflows only the step that begins a heal, all others on another. */
export async function withWorkers<T>(
  { env, bundle }: Harness,
  { script = {}, prepare }: SceneOptions,
  body: (scene: Scene) => Promise<T>,
): Promise<T> {
  const cluster = `test-${randomUUID().slice(0, 8)}`;
  const world: OnboardingWorld = createOnboardingWorld(
    () => env.currentTimeMs(),
    typeof script === 'function' ? script(() => world) : script,
  );
  await prepare?.(world);
  const { beginOnboarding, capTaint, ...others } = world.onboarding;
  const start = async () => {
    const worker = await Worker.create({
      connection: env.nativeConnection,
      activities: { beginOnboarding, capTaint },
      taskQueue: taskQueue(cluster),
      workflowBundle: bundle,
      patchActivationCallback: patchActivation(() => true),
    });
    const ended = worker.run();
    return async () => {
      worker.shutdown();
      await ended;
    };
  };
  const [first, later] = await Promise.all(
    [firstProbeTaskQueue(cluster), probeTaskQueue(cluster)].map((queue) =>
      Worker.create({ connection: env.nativeConnection, activities: others, taskQueue: queue }),
    ),
  );
  if (first === undefined || later === undefined) throw new Error('a queue has no worker');
  let stop = await start();
  const whileAway = async (work: () => Promise<void>) => {
    await stop();
    stop = async () => {};
    await work();
    stop = await start();
  };
  try {
    return await first.runUntil(later.runUntil(async () => body({ cluster, world, whileAway })));
  } finally {
    await stop();
  }
}

export async function withOnboarding<T>(
  harness: Harness,
  { policy = {}, ...options }: SceneOptions & { readonly policy?: Partial<OnboardingPolicy> },
  body: (onboarding: Onboarding) => Promise<T>,
): Promise<T> {
  return withWorkers(harness, options, async (scene) => {
    const { cluster } = scene;
    const input: OnboardNodeInput = {
      v: policy.early === undefined ? 1 : 2,
      cluster,
      node: NODE,
      profile: PROFILE,
      policy: { ...ONBOARDING_POLICY, ...policy },
    };
    const handle = await harness.env.client.workflow.start(ONBOARD_NODE_WORKFLOW, {
      workflowId: `heal-node/${cluster}/${NODE}`,
      taskQueue: taskQueue(cluster),
      args: [input],
    });
    return body({ ...scene, handle, result: async () => (await handle.result()) as HealNodeResult });
  });
}

const { endpoints, require, patienceMs } = ONBOARDING_POLICY;
const PROBE: ProbePolicy = { endpoints, require, patienceMs };

/** Runs `verifyNode` once, with that change of its input. */
export async function verify(
  { env }: Harness,
  { cluster }: Scene,
  change: Partial<VerifyNodeInput> = {},
): Promise<VerifyNodeResult> {
  const input: VerifyNodeInput = { v: 1, cluster, node: NODE, profile: PROFILE, policy: PROBE, ...change };
  return (await env.client.workflow.execute(VERIFY_NODE_WORKFLOW, {
    workflowId: `verify-node/${cluster}/${PROFILE}/${NODE}`,
    taskQueue: taskQueue(cluster),
    args: [input],
  })) as VerifyNodeResult;
}

/** Throws where the code would not do the same again with the history of the workflow. */
export async function replay({ bundle }: Harness, handle: WorkflowHandle): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: bundle }, await handle.fetchHistory(), handle.workflowId);
}
