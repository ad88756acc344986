/** Runs the built workflow bundle against the real time-skipping server, with a scripted world as its activities. */

import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { type HealingPolicy, type HealNodeInput, type HealNodeResult } from '../../../contracts/healing/heal-node.ts';
import { HEAL_NODE_WORKFLOW, podTaskQueue } from '../../../contracts/healing/names.ts';
import { taskQueue } from '../../../contracts/names.ts';
import { MAINTENANCE_SEARCH_ATTRIBUTES } from '../../../contracts/search-attributes.ts';
import { patchActivation } from '../../../temporal/worker/patch-activation.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { HEALING_RULES } from '../../fixtures/healing.ts';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { startTimeSkipping } from '../../fixtures/temporal-environments.ts';
import { createWorld, nodeFacts, type Script, type World } from './world.ts';

export const MINUTE_MS = 60_000;

/** The policy that the product runs with by default: 30 minutes at 30 seconds. */
export const REAL_POLICY: HealingPolicy = { ...HEALING_RULES, searchAttributes: true };

export interface Harness {
  readonly env: TestWorkflowEnvironment;
  readonly bundle: WorkflowBundleWithSourceMap;
}

export interface Heal {
  readonly world: World;
  readonly handle: WorkflowHandle;
  /** Awaits the end while time is skipped. */
  result(): Promise<HealNodeResult>;
}

export async function startHarness(): Promise<Harness> {
  installQuietRuntime();
  const bundle = await bundleWorkflows(new DefaultLogger('ERROR'));
  const env = await startTimeSkipping();
  await registerSearchAttributes(env);
  return { env, bundle };
}

async function registerSearchAttributes(env: TestWorkflowEnvironment): Promise<void> {
  const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
  const searchAttributes = Object.fromEntries(MAINTENANCE_SEARCH_ATTRIBUTES.map(({ name }) => [name, keyword]));
  await env.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
}

/** Runs `body` while workers of the heal are up; the heal has a cluster and queues of its own. */
export async function withHeal<T>(
  harness: Harness,
  options: {
    readonly policy?: Partial<HealingPolicy>;
    readonly script?: Script;
    readonly prepare?: (world: World) => void;
  },
  body: (heal: Heal) => Promise<T>,
): Promise<T> {
  const { env, bundle } = harness;
  const cluster = `test-${randomUUID().slice(0, 8)}`;
  const world = createWorld(() => env.currentTimeMs(), options.script);
  options.prepare?.(world);
  const input: HealNodeInput = { cluster, node: nodeFacts().name, policy: { ...REAL_POLICY, ...options.policy } };
  const shared = { connection: env.nativeConnection, activities: { ...world.activities } };
  const patchActivationCallback = patchActivation(() => true);
  const main = await Worker.create({
    ...shared,
    taskQueue: taskQueue(cluster),
    workflowBundle: bundle,
    patchActivationCallback,
  });
  const pods = await Worker.create({ ...shared, taskQueue: podTaskQueue(cluster) });
  return main.runUntil(async () =>
    pods.runUntil(async () => {
      const handle = await env.client.workflow.start(HEAL_NODE_WORKFLOW, {
        workflowId: `heal-node/${cluster}/akswin000000`,
        taskQueue: taskQueue(cluster),
        args: [input],
      });
      return body({ world, handle, result: async () => (await handle.result()) as HealNodeResult });
    }),
  );
}

export interface HistoryCost {
  readonly events: number;
  readonly bytes: number;
  /** Events from the start of one timer to the start of the next, that is: of each cycle. */
  readonly perCycle: readonly number[];
  readonly timers: number;
}

/** Events and bytes of the history as the server keeps it. */
export async function historyCost(handle: WorkflowHandle): Promise<HistoryCost> {
  const history = await handle.fetchHistory();
  const events = history.events ?? [];
  const timerStarted = proto.temporal.api.enums.v1.EventType.EVENT_TYPE_TIMER_STARTED;
  const timers = events.flatMap(({ eventType }, index) => (eventType === timerStarted ? [index] : []));
  return {
    events: events.length,
    bytes: proto.temporal.api.history.v1.History.encode(history).finish().length,
    perCycle: timers.slice(1).map((index, cycle) => index - (timers[cycle] ?? 0)),
    timers: timers.length,
  };
}
