/** Runs the built bundle's `soakCluster` with a scripted source of alerts, and reads what the fleet's run is told. */

import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { cancelled } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { maintenanceTaskQueue } from '../../../contracts/names.ts';
import {
  SOAK_CLUSTER_WORKFLOW,
  soakClusterWorkflowId,
  UPGRADE_FLEET_WORKFLOW,
  upgradeFleetWorkflowId,
} from '../../../contracts/upgrade/names.ts';
import type {
  LookAtAlertsInput,
  LookAtAlertsResult,
  SoakActivities,
  SoakClusterInput,
  SoakReport,
} from '../../../contracts/upgrade/soak-cluster.ts';
import type { AlertSpan } from '../../../domain/maintenance/alert-minutes.ts';
import { patchActivation } from '../../../temporal/worker/patch-activation.ts';
import type { Harness } from '../heal-node/harness.ts';

const TOLD_FLEET = fileURLToPath(new URL('told-fleet.ts', import.meta.url));
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const INTERVAL_MS = 10 * MINUTE_MS;

export interface SoakScene {
  readonly handle: WorkflowHandle;
  /** The fleet's run as the soak knows it, which does nothing: all that it is told is in its history. */
  readonly fleet: WorkflowHandle;
  reports(): Promise<readonly SoakReport[]>;
}

export type Look = (input: LookAtAlertsInput) => Promise<Pick<LookAtAlertsResult, 'spans' | 'problem'>>;

export async function withSoak<T>(
  { env, bundle }: Harness,
  { demand = {}, look }: { readonly demand?: Partial<SoakClusterInput>; readonly look: Look },
  body: (scene: SoakScene) => Promise<T>,
): Promise<T> {
  const cluster = `test-${randomUUID().slice(0, 8)}`;
  const queue = maintenanceTaskQueue(cluster);
  const fleetQueue = `fleet/${cluster}`;
  const fleet = await env.client.workflow.start(UPGRADE_FLEET_WORKFLOW, {
    workflowId: upgradeFleetWorkflowId(cluster),
    taskQueue: fleetQueue,
  });
  const activities: SoakActivities = {
    lookAtAlerts: async (input) => ({ ...(await look(input)), intervalMs: INTERVAL_MS, gapMaxMs: HOUR_MS }),
  };
  const input: SoakClusterInput = {
    cluster,
    run: 'run-1',
    stage: 'staging',
    forMs: 7 * DAY_MS,
    resetsMax: 3,
    deadlineMs: 21 * DAY_MS,
    fleet: fleet.workflowId,
    ...demand,
  };
  const worker = await Worker.create({
    connection: env.nativeConnection,
    activities: { ...activities },
    taskQueue: queue,
    workflowBundle: bundle,
    patchActivationCallback: patchActivation(() => true),
  });
  const told = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: fleetQueue,
    workflowBundle: await bundleWorkflowCode({ workflowsPath: TOLD_FLEET, logger: new DefaultLogger('ERROR') }),
  });
  // The time-skipping server skips nothing while a task waits for a worker.
  return told.runUntil(
    worker.runUntil(async () => {
      const handle = await env.client.workflow.start(SOAK_CLUSTER_WORKFLOW, {
        workflowId: soakClusterWorkflowId(cluster),
        taskQueue: queue,
        args: [input],
      });
      // The time-skipping server skips only while somebody waits for a result: an activity that sleeps is under way.
      const ended = handle.result().catch(() => undefined);
      try {
        return await body({ handle, fleet, reports: () => reportsTo(fleet) });
      } finally {
        for (const { workflowId } of [handle, fleet]) {
          await env.client.workflow
            .getHandle(workflowId)
            .terminate()
            .catch(() => undefined);
        }
        await ended;
      }
    }),
  );
}

export interface Alert {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Alerts at these times since the first look; everything else is quiet. Time stands still once it was proven for
 * `untilMs`: a soak goes on for as long as it is let, and years of it are over before a test has looked.
 */
export function alerting({ env }: Harness, alerts: readonly Alert[], untilMs = 7 * DAY_MS): Look {
  let startedMs: number | null = null;
  return async ({ sinceMs, atMs, shown }) => {
    if (shown.provenMs >= untilMs) await cancelled();
    const leftMs = Math.max(1, atMs - (await env.currentTimeMs()));
    await Promise.race([env.sleep(leftMs), cancelled()]);
    startedMs ??= sinceMs;
    const spans: AlertSpan[] = [];
    for (let fromMs = sinceMs; fromMs < atMs; fromMs += MINUTE_MS) {
      const toMs = Math.min(fromMs + MINUTE_MS, atMs);
      const at = [fromMs - startedMs, toMs - startedMs] as const;
      const isAlert = alerts.some((one) => one.fromMs < at[1] && at[0] < one.toMs);
      spans.push({ fromMs, toMs, kind: isAlert ? 'alerting' : 'quiet', detail: isAlert ? 'DiskFull fires' : '' });
    }
    return { spans, problem: null };
  };
}

async function reportsTo(fleet: WorkflowHandle): Promise<readonly SoakReport[]> {
  const { events } = await fleet.fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signaled }) => {
    const data = signaled?.input?.payloads?.[0]?.data;
    return data === undefined || data === null ? [] : [JSON.parse(Buffer.from(data).toString('utf8')) as SoakReport];
  });
}
