/** Sixteen nodes in three zones under real controllers: all are rebooted on the budget, seen in the audit log. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { REBOOT_ANNOTATION, REBOOT_REQUIRED } from '../../contracts/maintenance/watch-reboots.ts';
import type { AuditEvent } from '../../sandbox/audit.ts';
import { judgedEvictions } from '../../sandbox/machines/budget-audit.ts';
import { linuxNodePlan } from '../../sandbox/machines/linux-nodes.ts';
import { cordonedMax, deletesOfMaintainer, nodeSteps, readyMin } from '../../sandbox/machines/maintenance-audit.ts';
import { withMaintenance } from '../../sandbox/machines/maintenance-config.ts';
import { deployWorkloads, type Workload } from '../../sandbox/machines/workloads.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { dashboardQueries } from '../integration/alerts/dashboard-file.ts';
import { alertRules } from '../integration/alerts/rule-file.ts';
import { type MaintenanceWorld, type NodeState, startMaintenanceWorld } from './maintenance-world.ts';

const NODES_MAX = 3;
const PLAN = linuxNodePlan(16);
const WORKLOADS: readonly Workload[] = [
  { name: 'web', replicas: 8, minAvailable: 6 },
  { name: 'api', replicas: 6, minAvailable: 5 },
  { name: 'queue', replicas: 3, minAvailable: 2 },
];
const ALL_REBOOTED_MS = 460_000;

let world: MaintenanceWorld;
let before: ReadonlyMap<string, NodeState | null>;
let events: readonly AuditEvent[];

beforeAll(async () => {
  world = await startMaintenanceWorld({
    vigilante: withMaintenance({}, { nodesMax: NODES_MAX }),
    before: async (sandbox) => {
      for (const { name, ...node } of PLAN) {
        await sandbox.addNode(name, { ...node, annotations: { [REBOOT_ANNOTATION]: REBOOT_REQUIRED } });
      }
      await deployWorkloads(sandbox.api, WORKLOADS);
    },
  });
  before = await states();
  await waitUntil(async () => [...(await states()).entries()].every(isRebooted), {
    what: 'all nodes to be rebooted and given back',
    timeoutMs: ALL_REBOOTED_MS,
    pollMs: 1_000,
    explain: async () => JSON.stringify({ budget: await world.budget(), states: [...(await states())] }, null, 1),
  });
  events = await world.sandbox.auditEvents();
}, 600_000);

afterAll(async () => {
  await world?.stop();
});

async function states(): Promise<ReadonlyMap<string, NodeState | null>> {
  return new Map(await Promise.all(PLAN.map(async ({ name }) => [name, await world.nodeState(name)] as const)));
}

function isRebooted([name, state]: readonly [string, NodeState | null]): boolean {
  return state !== null && state.bootId !== before.get(name)?.bootId && !state.isCordoned && !state.isMarked;
}

test('M26: never are more nodes cordoned by us than the budget allows', () => {
  const max = cordonedMax(nodeSteps(events));
  expect(max).toBeLessThanOrEqual(NODES_MAX);
  // More than one at a time: otherwise this says little.
  expect(max).toBeGreaterThan(1);
});

test.each(PLAN.map(({ name }) => name))(
  'M11, M13, M18: %s is marked and cordoned in one request, then drained, acted upon, booted, uncordoned',
  (name) => {
    const steps = nodeSteps(events)
      .filter(({ node }) => node === name)
      .map(({ step }) => step);
    expect(steps.join(' ')).toMatch(/^mark-and-cordon( evict)* act boot uncordon$/);
  },
);

test('M13: pods were evicted, and none was deleted but those of the acts', () => {
  const evictions = nodeSteps(events).filter(({ step }) => step === 'evict');
  expect(evictions.length).toBeGreaterThan(PLAN.length / 2);
  expect(evictions.filter(({ node }) => node === '')).toEqual([]);
  const deletes = deletesOfMaintainer(events);
  expect(deletes.filter((pod) => !pod.startsWith('vigilante-maintenance/vigilante-act-'))).toEqual([]);
});

test('M13: at no request were fewer pods Ready than their budget demands', () => {
  const min = readyMin(events, WORKLOADS);
  for (const { name, minAvailable, replicas } of WORKLOADS) {
    expect(min[name]).toBeGreaterThanOrEqual(minAvailable);
    expect(min[name]).toBeLessThan(replicas);
  }
});

test('M13: each eviction that was accepted was allowed by its budget, as its controller had written it', () => {
  const evictions = judgedEvictions(events);
  expect(evictions.filter(({ allowed }) => allowed === null || allowed < 1)).toEqual([]);
  const workloads = new Set(evictions.map(({ workload }) => workload));
  expect([...workloads].toSorted()).toEqual(WORKLOADS.map(({ name }) => name).toSorted());
});

test('M16, M43: each machine was acted upon once', async () => {
  expect([...(await states())].filter(([, state]) => state?.acts !== 1)).toEqual([]);
});

test('every series that the alerts and the dashboard read of maintenance and upgrades is on the page of the maintainer', async () => {
  const page = await (await fetch(`${world.maintainer.httpUrl}/metrics`)).text();
  // Some have samples only while somebody waits.
  const shown = new Set([...page.matchAll(/^# HELP (\w+)/gm)].map(([, name]) => name));
  const expressions = [...alertRules('maintainer'), ...dashboardQueries('20s')].map(({ expr }) => expr);
  const read = expressions.flatMap(
    (expr) => expr.match(/\bvigilante_(?:(?:maintenance|reboots|upgrade|soak)_\w+|versions\b)/g) ?? [],
  );
  expect(new Set(read).size).toBeGreaterThan(6);
  const isShown = (name: string) => shown.has(name.replace(/_(?:sum|count|bucket)$/, ''));
  expect([...new Set(read)].filter((name) => !isShown(name))).toEqual([]);
});
