/** Workflows that look again and again, and runs over clusters, whose histories are recorded for replay. */

import type { WorkflowHandle } from '@temporalio/client';
import { evaluateNow as compareNow } from '../../contracts/privileges/signals-and-queries.ts';
import { approveStage, retryCluster } from '../../contracts/upgrade/fleet-messages.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeRef } from '../fixtures/nodes.ts';
import type { Harness } from '../integration/heal-node/harness.ts';
import { FINE, reportOf, untilEvaluated, withWatch } from '../integration/privileges/harness.ts';
import { alerting, HOUR_MS, withSoak } from '../integration/soak-cluster/harness.ts';
import { DONE } from '../integration/upgrade-fleet/fake-cluster.ts';
import { stageOf, startFleetWorld, withFleet } from '../integration/upgrade-fleet/harness.ts';
import { needy, surveyOf, withReboots } from '../integration/watch-reboots/harness.ts';

export interface WatchingScenario {
  readonly name: string;
  /** Keeps the history of each handle, of several by its part of the scenario. */
  readonly record: (harness: Harness, keep: Keep) => Promise<void>;
}

export type Keep = (handle: WorkflowHandle, part?: string) => Promise<void>;

const WHO = { by: 'anna', reason: 'recorded' };

export const WATCHING_SCENARIOS: readonly WatchingScenario[] = [
  {
    name: 'watch-reboots.rebooted-then-ineffective',
    async record(harness, keep) {
      let endings: readonly { node: ReturnType<typeof nodeRef>; outcome: 'done' }[] = [];
      const prepare: Parameters<typeof withReboots>[1] = (world) => {
        world.survey = () => surveyOf([needy('lin-1')], { endings });
      };
      await withReboots(harness, prepare, async ({ handle, looked }) => {
        await looked(2);
        endings = [{ node: nodeRef('lin-1'), outcome: 'done' }];
        await looked(4);
        await keep(handle);
      });
    },
  },
  {
    name: 'watch-privileges.drift-then-none',
    async record(harness, keep) {
      const aDayMs = 24 * HOUR_MS;
      await withWatch(
        harness,
        () => reportOf(0, aDayMs),
        async (watch) => {
          await untilEvaluated(watch, 1);
          watch.world.evaluation = () => reportOf(FINE, aDayMs);
          await watch.handle.executeUpdate(compareNow);
          await keep(watch.handle);
        },
      );
    },
  },
  {
    name: 'soak-cluster.alerted-then-proven-then-cancelled',
    async record(harness, keep) {
      const forMs = 2 * HOUR_MS;
      const look = alerting(harness, [{ fromMs: HOUR_MS, toMs: 2 * HOUR_MS }], forMs);
      await withSoak(harness, { demand: { forMs }, look }, async ({ handle, reports }) => {
        await waitUntil(async () => (await reports()).some(({ state }) => state === 'proven'), {
          what: 'a proven soak',
          timeoutMs: 60_000,
        });
        await handle.cancel();
        await handle.result();
        await keep(handle);
      });
    },
  },
  {
    name: 'upgrade-fleet.failed-then-retried-then-approved',
    async record(_harness, keep) {
      const world = await startFleetWorld();
      const soak = { forMs: HOUR_MS, resetsMax: 3, deadlineMs: 500 * HOUR_MS };
      const stages = [stageOf('sandbox', ['a'], { soak }), stageOf('production', ['b'], { approval: 'before' })];
      await withFleet(world, { stages }, async ({ cluster, handle, until, result }) => {
        const { runId } = await handle.describe();
        await cluster('a').end({ outcome: 'partial', detail: 'n-3 is held' });
        await until('the halt', ({ state }) => state === 'halted');
        await handle.executeUpdate(retryCluster, { args: [{ cluster: cluster('a').name, ...WHO }] });
        await cluster('a').end(DONE);
        await until('the next stage', ({ stage }) => stage === 'production');
        await handle.executeUpdate(approveStage, { args: [{ stage: 'production', decision: 'approve', ...WHO }] });
        await cluster('b').end(DONE);
        await result();
        await keep(world.env.client.workflow.getHandle(handle.workflowId, runId), 'begins');
        await keep(handle, 'ends');
      });
      await world.stop();
    },
  },
];
