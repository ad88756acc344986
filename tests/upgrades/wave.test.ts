/** Forty workers in one wave, four at a time: the third one to be begun does not come back. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { BudgetStatus } from '../../contracts/maintenance/guard-maintenance.ts';
import { maintainNodeWorkflowId } from '../../contracts/maintenance/names.ts';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { MACHINE_ANNOTATION } from '../../sandbox/machines/machine-behaviour.ts';
import { cordonedMax, type NodeStep, nodeSteps } from '../../sandbox/machines/maintenance-audit.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { startUpgradeWorld, TARGET, type UpgradeWorld } from '../e2e/upgrade-world.ts';
import { nodeName } from '../fixtures/nodes.ts';

const WORKERS = Array.from({ length: 40 }, (_, index) => `w-${`${index + 1}`.padStart(2, '0')}`);
const NODES_MAX = 4;
const [CANARY = ''] = WORKERS;
const WHO = { by: 'anna', reason: 'seen on its console' };
const HOUR_MS = 3_600_000;

let world: UpgradeWorld;

beforeAll(async () => {
  // Who is drained when the breaker opens gets no leave to act, and is given back at this deadline.
  world = await startUpgradeWorld({
    workers: WORKERS,
    nodesMax: NODES_MAX,
    waves: ['100%'],
    drainDeadline: '20s',
  });
}, 300_000);

afterAll(async () => {
  await world?.stop();
});

test('M19, M26, M29, M38: halted with one node out, and a retry finishes the run with no other node taken twice', async () => {
  const third = await beginWave();
  const haltedSteps = await untilHalted(third);

  // Whoever asks now waits for the breaker, also where it is not the upgrade.
  await world.maintain(CANARY);
  await until('a reboot by hand to wait', async () => isBroken(await world.reasonsOf(CANARY)));
  await cancelByHand(CANARY);
  const steps = nodeSteps(await world.sandbox.auditEvents());
  expect(cordonsIn(steps)).toEqual(cordonsIn(haltedSteps));
  expect(await cordoned()).toEqual([third]);

  await world.sandbox.annotateNode(third, { [MACHINE_ANNOTATION]: 'reboots' });
  for (const { node } of (await world.status())?.problems ?? []) {
    expect(await world.upgrade.retry({ ...WHO, node })).toMatchObject({ kind: 'result' });
  }
  expect(await world.result()).toMatchObject({ outcome: 'done', counts: { done: WORKERS.length }, exceptions: [] });

  expect(await world.acts()).toEqual(Object.fromEntries(WORKERS.map((name) => [name, name === third ? 2 : 1])));
  for (const [name, state] of await world.states()) {
    expect({ name, ...state }).toMatchObject({ kubelet: TARGET, isCordoned: false, isMarked: false });
  }
  const allSteps = nodeSteps(await world.sandbox.auditEvents());
  expect(cordonedMax(allSteps)).toBe(NODES_MAX);
  expect(new Set(cordonsIn(allSteps))).toEqual(new Set(WORKERS));
}, 480_000);

async function until(what: string, isSo: () => Promise<boolean>, timeoutMs = 180_000): Promise<void> {
  const explain = async () => JSON.stringify([await world.status(), await world.budget()], null, 1);
  await waitUntil(isSo, { what, timeoutMs, pollMs: 1_000, explain });
}

/** Until all of the wave ask for a slot; the third of them will not come back. */
async function beginWave(): Promise<string> {
  await world.sandbox.annotateNode(CANARY, { [MACHINE_ANNOTATION]: 'returns-late:15s' });
  await world.start('wave');
  await until('the act of the canary', async () => (await world.nodeState(CANARY))?.acts === 1);
  await world.guard.pause({ ...WHO, untilMs: Date.now() + HOUR_MS });
  const asking = await waitUntil(
    async () => {
      const waiting = (await world.budget())?.waiting ?? [];
      const isPaused = waiting.every(({ reasons }) => reasons.some(({ kind }) => kind === 'paused'));
      return isPaused && waiting.length === WORKERS.length - 1 ? waiting : null;
    },
    { what: 'the whole wave to ask for slots', timeoutMs: 120_000, pollMs: 500 },
  );
  // In the order in which they are served.
  const third = asking[2]?.node ?? '';
  await world.sandbox.annotateNode(third, { [MACHINE_ANNOTATION]: 'never-returns' });
  await world.guard.resume(WHO);
  return third;
}

/** Until nothing is in work but the node that is held. What was done to nodes until then. */
async function untilHalted(third: string): Promise<readonly NodeStep[]> {
  const status = await world.until('the wave to halt', ({ problems, waitsFor }) => {
    return problems.some(({ kind }) => kind === 'held') && waitsFor.some((text) => text.includes('opened the breaker'));
  });
  expect(status.problems.filter(({ kind }) => kind === 'held')).toMatchObject([{ node: third }]);
  await until('all others in work to end', async () => isOnlyHeld(await world.budget(), third));
  expect(await cordoned()).toEqual([third]);
  expect((await world.status())?.state).toBe('halted');
  const left = (await world.budget())?.waitingCount ?? 0;
  expect(left).toBeGreaterThan(WORKERS.length / 2);
  return nodeSteps(await world.sandbox.auditEvents());
}

function isOnlyHeld(budget: BudgetStatus | null, node: string): boolean {
  if (budget === null || budget.slots.some((slot) => slot.node.name !== node || !slot.held)) return false;
  return budget.waiting.every(({ reasons }) => isBroken(reasons));
}

function isBroken(reasons: BudgetStatus['waiting'][number]['reasons']): boolean {
  return reasons.some(({ kind }) => kind === 'breaker');
}

async function cancelByHand(node: string): Promise<void> {
  const id = maintainNodeWorkflowId({ cluster: SANDBOX_CLUSTER, node: nodeName(node) });
  await world.temporal.workflow.getHandle(id).cancel();
  await until('it to end', async () => (await world.maintenances.state(nodeName(node))) === 'closed');
}

function cordonsIn(steps: readonly NodeStep[]): readonly string[] {
  return steps.filter(({ step }) => step === 'mark-and-cordon' || step === 'cordon').map(({ node }) => node);
}

const NodesSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ unschedulable: z.boolean().default(false) }),
    }),
  ),
});

async function cordoned(): Promise<readonly string[]> {
  const { items } = NodesSchema.parse((await world.sandbox.api.demand('GET', '/api/v1/nodes')).body);
  return items.filter(({ spec }) => spec.unschedulable).map(({ metadata }) => metadata.name);
}
