/** Maintenances and guards whose histories are recorded for replay. */

import { guardMaintenanceWorkflowId, maintainNodeWorkflowId } from '../../contracts/maintenance/names.ts';
import { budgetStatus, pauseMaintenance, resumeMaintenance } from '../../contracts/maintenance/signals-and-queries.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeName, nodeRef } from '../fixtures/nodes.ts';
import type { Harness } from '../integration/heal-node/harness.ts';
import type { Scene } from '../integration/maintain-node/harness.ts';
import { heartbeats, nodesOf, QUICK_RULES } from '../integration/maintain-node/world.ts';

export interface MaintenanceScenario {
  readonly name: string;
  /** Awaits the end of the part to record: of the maintenance of `lin-1`, or of the guard. */
  readonly play: (scene: Scene, harness: Harness) => Promise<void>;
  readonly workflowId: (cluster: string) => string;
}

const UNTIL = { timeoutMs: 120_000, pollMs: 50 };
const WHO = { by: 'anna', reason: 'recorded' };
const maintenanceOf = (cluster: string) => maintainNodeWorkflowId({ cluster, node: nodeName('lin-1') });

export const MAINTENANCE_SCENARIOS: readonly MaintenanceScenario[] = [
  {
    name: 'maintain-node.done',
    workflowId: maintenanceOf,
    play: async ({ start }) => void (await (await start()).result()),
  },
  {
    name: 'maintain-node.undrained',
    workflowId: maintenanceOf,
    play: async ({ world, start }) => {
      world.rules = { ...QUICK_RULES, drainDeadlineMs: 200 };
      world.scripted.drainNode = async () => {
        await heartbeats(100);
        return { kind: 'looked', end: 'slice-over', evicted: 1, left: ['default/web: needs 2'], hadVolumes: false };
      };
      await (await start()).result();
    },
  },
  {
    name: 'guard-maintenance.two-nodes-paused',
    workflowId: guardMaintenanceWorkflowId,
    play: async ({ cluster, world, start }, { env }) => {
      world.budget = {
        cluster: { percent: 100, count: null },
        groups: [{ name: 'workers', max: { percent: null, count: 1 } }],
        unavailable: { percent: 100, count: null },
        lastNode: 'accept',
      };
      for (const entry of nodesOf('lin-1', 'lin-2')) world.nodes.set(...entry);
      const all = await Promise.all(['lin-1', 'lin-2'].map((name) => start({ node: nodeRef(name) })));
      const guard = env.client.workflow.getHandle(guardMaintenanceWorkflowId(cluster));
      const isGiving = async () => (await guard.query(budgetStatus).catch(() => null))?.slots.length === 1;
      await waitUntil(isGiving, { what: 'a slot', ...UNTIL });
      const pause = { ...WHO, untilMs: Date.now() + 1_800_000 };
      await guard.executeUpdate(pauseMaintenance, { args: [pause] });
      await guard.executeUpdate(resumeMaintenance, { args: [WHO] });
      for (const { result } of all) await result();
      await waitUntil(async () => (await guard.query(budgetStatus)).slots.length === 0, { what: 'no slot', ...UNTIL });
      await guard.terminate('recorded');
    },
  },
];
