/** Runs the built `upgradeFleet` on a real server, with clusters whose upgrades end as the test says. */

import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { createFleetActivities } from '../../../activities/upgrade/maintainers.ts';
import { fleetStatus } from '../../../contracts/upgrade/fleet-messages.ts';
import { FLEET_TASK_QUEUE, upgradeFleetWorkflowId } from '../../../contracts/upgrade/names.ts';
import type { TellFleetInput } from '../../../contracts/upgrade/upgrade-events.ts';
import type {
  UpgradeFleetInput,
  UpgradeFleetResult,
  UpgradeFleetStatus,
} from '../../../contracts/upgrade/upgrade-fleet.ts';
import type { FleetStage } from '../../../domain/upgrade/fleet-stage.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startFleet } from '../../../temporal/upgrade/fleets.ts';
import { lastPollMs } from '../../../temporal/upgrade/pollers.ts';
import { patchActivation } from '../../../temporal/worker/patch-activation.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { startRealTime } from '../../fixtures/temporal-environments.ts';
import { fleetInput } from '../../fixtures/upgrade.ts';
import { createFakeCluster, type FakeCluster } from './fake-cluster.ts';

const UNTIL = { timeoutMs: 120_000, pollMs: 50 };
/** A poll that nobody answers is asked again after a minute. */
const SILENT_MS = 75_000;
const SUGGESTS_EARLY = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40'];

export interface FleetWorld {
  readonly env: Awaited<ReturnType<typeof startRealTime>>;
  readonly bundle: WorkflowBundleWithSourceMap;
  readonly told: WorkflowBundleWithSourceMap;
  /** Whether the fleet's process knows that Temporal takes our search attributes. */
  areAttributesWritable: boolean;
  stop(): Promise<void>;
}

export async function startFleetWorld(): Promise<FleetWorld> {
  const logger = new DefaultLogger('ERROR');
  installQuietRuntime();
  const workflowsPath = fileURLToPath(new URL('told-upgrades.ts', import.meta.url));
  const [env, bundle, told] = [
    await startRealTime(SUGGESTS_EARLY),
    await bundleWorkflows(logger),
    await bundleWorkflowCode({ workflowsPath, logger }),
  ];
  return { env, bundle, told, areAttributesWritable: true, stop: () => env.teardown() };
}

export interface FleetScene {
  readonly handle: WorkflowHandle;
  readonly clusters: Readonly<Record<string, FakeCluster>>;
  cluster(name: string): FakeCluster;
  status(): Promise<UpgradeFleetStatus>;
  until(what: string, holds: (status: UpgradeFleetStatus) => boolean): Promise<UpgradeFleetStatus>;
  result(): Promise<UpgradeFleetResult>;
  /** What others were told, in its order. */
  readonly told: readonly TellFleetInput[];
}

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
  const clusters = Object.fromEntries(
    names.map((name) => [name, createFakeCluster({ env, bundle: world.told }, fullName(name))]),
  );
  const cluster = (name: string) => {
    const found = clusters[name];
    if (found === undefined) throw new Error(`no cluster ${name}`);
    return found;
  };
  const told: TellFleetInput[] = [];
  const activities = createFleetActivities({
    lastPollMs: (name) => lastPollMs(env.client, 'default', name),
    now: Date.now,
    silentMs: SILENT_MS,
    lookEveryMs: 1_000,
    sliceMs: 3_600_000,
    tell: (border) => void told.push(border),
  });
  const worker = await Worker.create({
    connection: env.nativeConnection,
    activities: { ...activities },
    taskQueue: FLEET_TASK_QUEUE,
    workflowBundle: bundle,
    patchActivationCallback: patchActivation(() => world.areAttributesWritable),
  });
  return worker.runUntil(async () => {
    await prepare({ cluster });
    const input = { ...fleetInput(change), run: `run-${id}`, stages };
    // Not by `expect`: histories are recorded without Jest.
    const started = await startFleet(env.client, input, { searchAttributes: true });
    if (started !== 'started') throw new Error(`the run was not started: ${started}`);
    const current = () => env.client.workflow.getHandle(upgradeFleetWorkflowId(input.run));
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
      return await body({ handle: current(), clusters, cluster, status, until, result, told });
    } finally {
      await current()
        .terminate()
        .catch(() => undefined);
      for (const one of Object.values(clusters)) await one.leave();
    }
  });
}
