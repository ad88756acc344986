/** Runs the built bundle's `watchReboots` on the real time-skipping server, with a scripted cluster. */

import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { ObserveNodeInput, ObserveNodeResult } from '../../../contracts/maintenance/activities.ts';
import type { MaintainNodeInput } from '../../../contracts/maintenance/maintain-node.ts';
import { maintainNodeWorkflowId } from '../../../contracts/maintenance/names.ts';
import {
  type ClearRebootRequestResult,
  type RebootActivities,
  type RebootStatus,
  type RebootSurvey,
  rebootStatus,
  type SurveyRebootsInput,
  WATCH_REBOOTS_WORKFLOW,
  watchRebootsWorkflowId,
} from '../../../contracts/maintenance/watch-reboots.ts';
import { maintenanceTaskQueue } from '../../../contracts/names.ts';
import type { RebootCandidate } from '../../../domain/maintenance/reboots.ts';
import type { NodeName, NodeRef } from '../../../domain/node/identity.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { patchActivation } from '../../../temporal/worker/patch-activation.ts';
import { nodeRef } from '../../fixtures/nodes.ts';
import type { Harness } from '../heal-node/harness.ts';

const QUICK = { timeoutMs: 120_000, pollMs: 20 };
export const INTERVAL_MS = 300_000;

export interface RebootWorld {
  /** What the cluster shows; tests replace it. Throws where it cannot be looked at. */
  survey: (input: SurveyRebootsInput) => RebootSurvey;
  clear: () => ClearRebootRequestResult;
  /** What a maintenance sees of its node; by default it is gone, so that it ends at once. */
  observe: () => Promise<ObserveNodeResult>;
  readonly asked: SurveyRebootsInput[];
  readonly cleared: NodeRef[];
  readonly maintained: ObserveNodeInput[];
}

export interface RebootWatch {
  readonly world: RebootWorld;
  readonly handle: WorkflowHandle;
  readonly cluster: string;
  status(): Promise<RebootStatus>;
  /** Until the cluster was looked at so often. */
  looked(count: number): Promise<RebootStatus>;
  /** The input of the maintenance of a node; null where there was none. */
  maintenance(node: NodeName): Promise<MaintainNodeInput | null>;
}

/** A node whose sentinel file is there. */
export function needy(name: string, change: Partial<RebootCandidate> = {}): RebootCandidate {
  return {
    node: nodeRef(name),
    group: 'workers',
    groupIndex: 0,
    bootId: 'b-1',
    host: {
      reportedMs: Date.UTC(2026, 5, 10),
      uptimeSeconds: 864_000,
      bootId: 'b-1',
      sentinel: { state: 'present', changedMs: Date.UTC(2026, 5, 9) },
    },
    isAskedFor: false,
    conditions: [],
    blockingPods: [],
    otherTools: [],
    isInWork: false,
    gate: { isOpen: true, reasons: [] },
    ...change,
  };
}

export function surveyOf(candidates: readonly RebootCandidate[], change: Partial<RebootSurvey> = {}): RebootSurvey {
  return {
    candidates,
    requiredCount: candidates.length,
    unknownCount: 0,
    endings: [],
    rules: { maxUptimeMs: null, minUptimeMs: 3_600_000 },
    executor: 'reboot-linux',
    expect: { connectivity: 'where-agents', healing: 'proven' },
    intervalMs: INTERVAL_MS,
    ...change,
  };
}

function createWorld(): RebootWorld & { readonly activities: object } {
  const world: RebootWorld = {
    survey: () => surveyOf([]),
    clear: () => 'cleared',
    observe: async () => ({ kind: 'gone' }),
    asked: [],
    cleared: [],
    maintained: [],
  };
  const reboots: RebootActivities = {
    async surveyReboots(input) {
      world.asked.push(input);
      return world.survey(input);
    },
    async clearRebootRequest(node) {
      world.cleared.push(node);
      return world.clear();
    },
  };
  const nothing = async () => {};
  const maintenance = {
    async observeNode(input: ObserveNodeInput) {
      world.maintained.push(input);
      return world.observe();
    },
    askSlot: nothing,
    returnSlot: nothing,
    recordMaintenance: nothing,
  };
  return Object.assign(world, { activities: { ...reboots, ...maintenance } });
}

export async function withReboots<T>(
  { env, bundle }: Harness,
  prepare: (world: RebootWorld) => void,
  body: (watch: RebootWatch) => Promise<T>,
): Promise<T> {
  const cluster = `test-${randomUUID().slice(0, 8)}`;
  const world = createWorld();
  prepare(world);
  const queue = maintenanceTaskQueue(cluster);
  const worker = await Worker.create({
    connection: env.nativeConnection,
    activities: { ...world.activities },
    taskQueue: queue,
    workflowBundle: bundle,
    patchActivationCallback: patchActivation(() => true),
  });
  return worker.runUntil(async () => {
    const handle = await env.client.workflow.start(WATCH_REBOOTS_WORKFLOW, {
      workflowId: watchRebootsWorkflowId(cluster),
      taskQueue: queue,
      args: [{ cluster }],
    });
    const status = () => handle.query(rebootStatus);
    const looked = async (count: number) => {
      while (world.asked.length < count) {
        const before = world.asked.length;
        if (before > 0) await env.sleep(INTERVAL_MS);
        await waitUntil(async () => world.asked.length > before, { what: `look ${before + 1}`, ...QUICK });
      }
      const at = await waitUntil(
        async () => {
          const found = await status();
          return found.nextLookMs > (await env.currentTimeMs()) ? found : null;
        },
        { what: 'the look to be over', ...QUICK },
      );
      return at;
    };
    const maintenance = async (node: NodeName) => {
      const found = env.client.workflow.getHandle(maintainNodeWorkflowId({ cluster, node }));
      const { events } = await found.fetchHistory().catch(() => ({ events: [] }));
      const data = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
      return data === undefined || data === null
        ? null
        : (JSON.parse(Buffer.from(data).toString('utf8')) as MaintainNodeInput);
    };
    try {
      return await body({ world, handle, cluster, status, looked, maintenance });
    } finally {
      await env.client.workflow
        .getHandle(handle.workflowId)
        .terminate()
        .catch(() => undefined);
    }
  });
}
