/** Runs the built `upgradeFleet` on a real server, with clusters whose upgrades end as the test says. */

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { createFleetActivities } from '../../../activities/upgrade/maintainers.ts';
import { maintenanceTaskQueue } from '../../../contracts/names.ts';
import { fleetStatus } from '../../../contracts/upgrade/fleet-messages.ts';
import { FLEET_TASK_QUEUE, UPGRADE_FLEET_WORKFLOW, upgradeFleetWorkflowId } from '../../../contracts/upgrade/names.ts';
import type { SoakActivities } from '../../../contracts/upgrade/soak-cluster.ts';
import type { UpgradeClusterInput } from '../../../contracts/upgrade/upgrade-cluster.ts';
import type {
  UpgradeFleetInput,
  UpgradeFleetResult,
  UpgradeFleetStatus,
} from '../../../contracts/upgrade/upgrade-fleet.ts';
import type { AlertSpan } from '../../../domain/maintenance/alert-minutes.ts';
import type { FleetStage } from '../../../domain/upgrade/fleet-stage.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { lastPollMs } from '../../../temporal/upgrade/pollers.ts';
import { patchActivation } from '../../../temporal/worker/patch-activation.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { startRealTime } from '../../fixtures/temporal-environments.ts';
import { fleetInput } from '../../fixtures/upgrade.ts';
import type { ToldActivities } from './told-upgrades.ts';

const UNTIL = { timeoutMs: 120_000, pollMs: 50 };
const TEN_MINUTES_MS = 600_000;
/** A poll that nobody answers is asked again after a minute. */
const SILENT_MS = 75_000;
/** A look of a soak comes back at once; a report is believed for twice as long. */
const SOAK_INTERVAL_MS = 10_000;

type End = Awaited<ReturnType<ToldActivities['endUpgrade']>>;

export interface FleetWorld {
  readonly env: Awaited<ReturnType<typeof startRealTime>>;
  readonly bundle: WorkflowBundleWithSourceMap;
  readonly told: WorkflowBundleWithSourceMap;
  stop(): Promise<void>;
}

export async function startFleetWorld(): Promise<FleetWorld> {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger, telemetryOptions: { logging: { filter: 'ERROR' } } });
  const workflowsPath = fileURLToPath(new URL('told-upgrades.ts', import.meta.url));
  const [env, bundle, told] = [
    await startRealTime([]),
    await bundleWorkflows(logger),
    await bundleWorkflowCode({ workflowsPath, logger }),
  ];
  return { env, bundle, told, stop: () => env.teardown() };
}

export interface FakeCluster {
  readonly name: string;
  /** Inputs of its upgrades and surveys, in the order in which they were begun. */
  readonly asked: UpgradeClusterInput[];
  /** What its alerts are from now on. */
  alerts: AlertSpan['kind'];
  survey: End;
  /** Resolves when an upgrade waits for its end, and gives it. */
  end(end: End): Promise<void>;
  /** Its maintainer takes work until the test ends, or `leave`. */
  join(): Promise<void>;
  leave(): Promise<void>;
}

export interface FleetScene {
  readonly handle: WorkflowHandle;
  readonly clusters: Readonly<Record<string, FakeCluster>>;
  cluster(name: string): FakeCluster;
  status(): Promise<UpgradeFleetStatus>;
  until(what: string, holds: (status: UpgradeFleetStatus) => boolean): Promise<UpgradeFleetStatus>;
  result(): Promise<UpgradeFleetResult>;
}

export const DONE: End = { outcome: 'done', detail: '' };

export function stageOf(name: string, clusters: readonly string[], change: Partial<FleetStage> = {}): FleetStage {
  return { name, clusters, parallelMax: 1, soak: null, approval: 'none', notBeforeMs: null, ...change };
}

/** `stages` name clusters by their short names; each test has clusters of its own. */
export async function withFleet<T>(
  world: FleetWorld,
  change: Partial<UpgradeFleetInput> & Pick<UpgradeFleetInput, 'stages'>,
  body: (scene: FleetScene) => Promise<T>,
  prepare: (scene: Pick<FleetScene, 'cluster'>) => Promise<void> = async ({ cluster }) => {
    for (const name of change.stages.flatMap((stage) => stage.clusters)) await cluster(name).join();
  },
): Promise<T> {
  const { env, bundle } = world;
  const id = randomUUID().slice(0, 8);
  const fullName = (name: string) => `${name}-${id}`;
  const stages = change.stages.map((stage) => ({ ...stage, clusters: stage.clusters.map(fullName) }));
  const names = change.stages.flatMap((stage) => stage.clusters);
  const clusters = Object.fromEntries(names.map((name) => [name, createCluster(world, fullName(name))]));
  const cluster = (name: string) => {
    const found = clusters[name];
    if (found === undefined) throw new Error(`no cluster ${name}`);
    return found;
  };
  const activities = createFleetActivities({
    lastPollMs: (name) => lastPollMs(env.client, 'default', name),
    now: Date.now,
    silentMs: SILENT_MS,
    lookEveryMs: 1_000,
    sliceMs: 3_600_000,
  });
  const worker = await Worker.create({
    connection: env.nativeConnection,
    activities: { ...activities },
    taskQueue: FLEET_TASK_QUEUE,
    workflowBundle: bundle,
    patchActivationCallback: patchActivation(() => true),
  });
  return worker.runUntil(async () => {
    await prepare({ cluster });
    const input = { ...fleetInput(change), run: `run-${id}`, stages };
    const handle = await env.client.workflow.start(UPGRADE_FLEET_WORKFLOW, {
      workflowId: upgradeFleetWorkflowId(input.run),
      taskQueue: FLEET_TASK_QUEUE,
      args: [input],
    });
    const current = () => env.client.workflow.getHandle(handle.workflowId);
    const status = () => current().query(fleetStatus);
    const until: FleetScene['until'] = (what, holds) =>
      waitUntil(
        async () =>
          status().then(
            (found) => (holds(found) ? found : null),
            () => null,
          ),
        {
          what,
          ...UNTIL,
          explain: async () => JSON.stringify(await status().catch(String)),
        },
      );
    try {
      const result = async () => (await current().result()) as UpgradeFleetResult;
      return await body({ handle: current(), clusters, cluster, status, until, result });
    } finally {
      await current()
        .terminate()
        .catch(() => undefined);
      for (const one of Object.values(clusters)) await one.leave();
    }
  });
}

function createCluster({ env, told }: FleetWorld, name: string): FakeCluster {
  const waiting: ((end: End) => void)[] = [];
  const asked: UpgradeClusterInput[] = [];
  let running: { stop: () => void; ended: Promise<void> } | null = null;
  const activities: ToldActivities & SoakActivities = {
    async endUpgrade(input) {
      asked.push(input);
      if (input.mode === 'survey') return cluster.survey;
      return new Promise((resolve) => waiting.push(resolve));
    },
    async lookAtAlerts({ sinceMs }) {
      await delay(200);
      const kind = cluster.alerts;
      const detail = kind === 'quiet' ? '' : 'DiskFull fires';
      const spans = [{ fromMs: sinceMs, toMs: sinceMs + TEN_MINUTES_MS, kind, detail }];
      return { spans, problem: null, intervalMs: SOAK_INTERVAL_MS, gapMaxMs: TEN_MINUTES_MS };
    },
  };
  const cluster: FakeCluster = {
    name,
    asked,
    alerts: 'quiet',
    survey: DONE,
    async end(end) {
      const resolve = await waitUntil(async () => waiting.shift() ?? null, { what: `an upgrade of ${name}`, ...UNTIL });
      resolve(end);
    },
    async join() {
      const worker = await Worker.create({
        connection: env.nativeConnection,
        activities: { ...activities },
        taskQueue: maintenanceTaskQueue(name),
        workflowBundle: told,
        shutdownGraceTime: 100,
      });
      running = { stop: () => worker.shutdown(), ended: worker.run() };
    },
    async leave() {
      for (const resolve of waiting.splice(0)) resolve(DONE);
      running?.stop();
      await running?.ended;
      running = null;
    },
  };
  return cluster;
}
