/** A cluster of a run whose upgrades end, and whose alerts are, as the test says. */

import { setTimeout as delay } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { maintenanceTaskQueue } from '../../../contracts/names.ts';
import type { SoakActivities } from '../../../contracts/upgrade/soak-cluster.ts';
import type { UpgradeClusterInput } from '../../../contracts/upgrade/upgrade-cluster.ts';
import type { AlertSpan } from '../../../domain/maintenance/alert-minutes.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import type { ToldActivities } from './told-upgrades.ts';

const UNTIL = { timeoutMs: 120_000, pollMs: 50 };
const TEN_MINUTES_MS = 600_000;
/** A look of a soak comes back at once; a report is believed for twice as long. */
const SOAK_INTERVAL_MS = 10_000;

type End = Awaited<ReturnType<ToldActivities['endUpgrade']>>;
export const DONE: End = { outcome: 'done', detail: '' };

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

interface Place {
  readonly env: TestWorkflowEnvironment;
  readonly bundle: WorkflowBundleWithSourceMap;
}

export function createFakeCluster({ env, bundle }: Place, name: string): FakeCluster {
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
        workflowBundle: bundle,
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
