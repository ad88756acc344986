/** Workflows terminated in the middle: the guard has their nodes recovered, and a guard that starts anew gives no slot too many. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';

import { guardMaintenanceWorkflowId, maintainNodeWorkflowId } from '../../../contracts/maintenance/names.ts';
import { maintenanceStatus, nodeNews } from '../../../contracts/maintenance/signals-and-queries.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { temporalClient } from '../../../temporal/client.ts';
import { maintenanceGuardOf } from '../../../temporal/maintenance/guard.ts';
import { nodeName, nodeRef } from '../../fixtures/nodes.ts';
import { fields, itemsOf } from '../kubernetes/cluster-fixtures.ts';
import { useTemporalServer } from '../runtime/use-temporal-server.ts';
import { type Machines, playMachines } from './machines.ts';
import { CLUSTER, FREE, type MaintainerWorld, startMaintainerWorld } from './maintainer-process.ts';
import { addBudget, addPod, newNamespace } from './maintenance-world.ts';

const UNTIL = { timeoutMs: 240_000, pollMs: 100 };
const BUDGET = 2;
const THREE = ['one', 'two', 'three'];

const temporal = useTemporalServer({ searchAttributes: true });
let world: MaintainerWorld;
let machines: Machines;
let client: Client;
/** Nodes whose machines start again when they are acted upon. */
const rebooting = new Set<string>();

beforeAll(async () => {
  const { address, namespace } = temporal.server.profile;
  world = await startMaintainerWorld({
    address,
    config: () => ({
      maintenance: {
        budget: { groups: [{ name: 'workers', selector: '', max: BUDGET }], cluster: BUDGET },
      },
    }),
  });
  client = temporalClient(temporal.connection, namespace);
  machines = playMachines(world, (node) => rebooting.has(node));
  await world.start();
});

afterAll(async () => {
  await machines?.stop();
  await world?.stop();
});

const handleOf = (node: string) =>
  client.workflow.getHandle(maintainNodeWorkflowId({ cluster: CLUSTER, node: nodeName(node) }));
const guard = () => maintenanceGuardOf(client, CLUSTER);
const guardHandle = () => client.workflow.getHandle(guardMaintenanceWorkflowId(CLUSTER));

/** The guard looks every minute; resumed, it looks at once. */
async function terminate(node: string): Promise<void> {
  await handleOf(node).terminate('by hand');
  await guard().resume({ by: 'anna', reason: 'a maintenance was terminated' });
}

async function begin(node: string): Promise<void> {
  await world.addNode(node);
  expect((await world.vigilante('maintain', node, '--executor', 'reboot-linux')).code).toBe(0);
}

async function slotOf(node: string) {
  const answer = await guard().status();
  const slots = answer.kind === 'status' ? answer.status.slots : [];
  return slots.find((slot) => slot.node.name === node) ?? null;
}

async function untilNoSlot(node: string): Promise<void> {
  await waitUntil(async () => (await slotOf(node)) === null, { what: `the slot of ${node} to be free`, ...UNTIL });
}

test('M21: terminated while it drains, the drain is undone, no pod is lost and nothing acts', async () => {
  const namespace = await newNamespace(world.server.admin);
  await world.addNode('draining');
  const { body } = await world.server.admin.demand('GET', '/api/v1/nodes/draining');
  const node = nodeRef('draining', String(fields(fields(body)['metadata'])['uid']));
  await addPod(world.server.admin, { namespace, name: 'web', node });
  await addBudget(world.server.admin, { namespace, name: 'web' }, 0);
  expect((await world.vigilante('maintain', 'draining', '--executor', 'reboot-linux')).code).toBe(0);
  const isMarked = async () => (await world.nodeState('draining')).marked;
  await waitUntil(isMarked, { what: 'the drain', ...UNTIL });
  await terminate('draining');
  await world.untilFree('draining');
  await untilNoSlot('draining');
  expect(machines.acts('draining')).toBe(0);
  expect(await itemsOf(world.server.admin, `/api/v1/namespaces/${namespace}/pods`)).toHaveLength(1);
});

test('M21: terminated in its act, the node is acted upon no second time, proven and given back', async () => {
  await begin('acting');
  await world.actPodOf('acting');
  await terminate('acting');
  const isRecovered = async () => (await handleOf('acting').describe()).status.name === 'RUNNING';
  await waitUntil(isRecovered, { what: 'the recovery', ...UNTIL });
  expect(await world.nodeState('acting')).toEqual({ cordoned: true, marked: true });
  await world.reboot('acting');
  await world.untilFree('acting');
  expect(await handleOf('acting').result()).toMatchObject({ outcome: 'done', before: { mark: { phase: 'acting' } } });
  await untilNoSlot('acting');
  expect(machines.acts('acting')).toBe(1);
});

test('M19, M21: terminated in its act, a node that does not come back is held; terminated again, it is still held', async () => {
  await begin('lost');
  const pod = await world.actPodOf('lost');
  await world.endPod(pod);
  for (let round = 1; round <= 2; round += 1) {
    const { runId } = await handleOf('lost').describe();
    await terminate('lost');
    const isOther = async () => (await handleOf('lost').describe()).runId !== runId;
    await waitUntil(isOther, { what: 'the recovery', ...UNTIL });
    // A run that has just begun may not answer yet.
    const status = () =>
      handleOf('lost')
        .query(maintenanceStatus)
        .catch(() => null);
    const isHeld = async () => (await status())?.isHeld === true;
    await waitUntil(isHeld, { what: 'the node to be held', ...UNTIL });
    await waitUntil(async () => (await slotOf('lost'))?.held === true, { what: 'the slot to be held', ...UNTIL });
    expect(await world.nodeState('lost')).toEqual({ cordoned: true, marked: true });
  }
  await guardHandle().terminate('by hand');
  await guard().ensure();
  const isKnown = async () => (await slotOf('lost'))?.held === true;
  await waitUntil(isKnown, { what: 'the new guard to know that the node is held', ...UNTIL });
  await world.reboot('lost', { pod });
  await world.untilFree('lost');
  expect(await handleOf('lost').result()).toMatchObject({ outcome: 'done', detail: 'proven, late; uncordoned' });
  expect((await world.vigilante('maintenance', 'resume', '--reason', 'it is back')).code).toBe(0);
  expect(machines.acts('lost')).toBe(1);
});

/** How often the node's maintenance was told to ask again. */
async function wakingsOf(node: string): Promise<number> {
  const { events } = await handleOf(node).fetchHistory();
  const signals = events?.map((event) => event.workflowExecutionSignaledEventAttributes?.signalName);
  return signals?.filter((name) => name === nodeNews.name).length ?? 0;
}

const wakings = () => Promise.all(THREE.map(wakingsOf));

test('M26: a guard terminated with all slots out, and the one after it, give no slot more', async () => {
  for (const node of THREE) await begin(node);
  const acted = () => THREE.filter((node) => machines.acts(node) > 0);
  await waitUntil(async () => acted().length === BUDGET, { what: 'all slots to be out', ...UNTIL });
  const [first = ''] = acted();
  for (let round = 1; round <= 2; round += 1) {
    const before = await wakings();
    await guardHandle().terminate('by hand');
    await guard().ensure();
    const knows = async () => {
      const answer = await guard().status();
      const status = answer.kind === 'status' ? answer.status : null;
      // It has read the marks, and would give what it may give.
      return (
        status !== null && status.waiting.some(({ reasons }) => reasons.some(({ kind }) => kind === 'group-budget'))
      );
    };
    await waitUntil(knows, { what: 'the new guard to know what is out', ...UNTIL });
    expect(acted()).toHaveLength(BUDGET);
    // By itself whoever waits asks again later, each time a little later.
    expect(await wakings()).toEqual(before.map((count) => count + 1));
  }
  for (const node of THREE) rebooting.add(node);
  for (const node of acted()) await world.reboot(node);
  await waitUntil(async () => acted().length === THREE.length, { what: 'the third to get a slot', ...UNTIL });
  for (const node of THREE) await world.untilFree(node);
  expect(await world.nodeState(first)).toEqual(FREE);
  expect(machines.markedMax).toBe(BUDGET);
  expect(THREE.map((node) => machines.acts(node))).toEqual([1, 1, 1]);
});
