/** Does to nodes, annotations, pods and heals what people and clouds do. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import {
  DEFAULT_HEALED_ANNOTATION,
  HEALING_SWITCH_ANNOTATION,
  HEALING_SWITCH_OFF,
  healNodeWorkflowId,
} from '../../contracts/healing/names.ts';
import { restartHealing } from '../../contracts/healing/signals-and-queries.ts';
import { OS_LABEL, WINDOWS_OS } from '../../contracts/names.ts';
import { MERGE_PATCH } from '../../sandbox/api-client.ts';
import { BEHAVIOUR_LABEL } from '../../sandbox/behaviour.ts';
import { RELEASE_NAMESPACE, SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import type { SandboxNode } from '../../sandbox/nodes.ts';
import { nodeName } from '../fixtures/nodes.ts';
import type { NodeFault } from './fault.ts';
import { persist } from './persist.ts';
import { listHealingPods } from './pod-witness.ts';
import { NEVER_PROVING } from './policy.ts';
import { doProofFault, isProofFault, newNodeOf } from './proof-faults.ts';
import type { ChaosWorld } from './world.ts';

const FOREIGN_FINALIZER = 'example.com/held';
const TEMPORAL_TIMEOUT_MS = 5_000;

type Picking = Exclude<NodeFault, { kind: 'node-arrives' }>;

/** False where no node fits, or where the API server did not take it in time. */
export async function doNodeFault(world: ChaosWorld, fault: NodeFault): Promise<boolean> {
  if (fault.kind === 'node-arrives') {
    world.timeline.note(`arrives, ${fault.behaviour}`, fault.name);
    return persist(() => world.sandbox.addNode(fault.name, { behaviour: fault.behaviour, ...newNodeOf(world) }));
  }
  const nodes = await windowsNodes(world).catch(() => []);
  const fitting = nodes.filter((node) => fits(fault, node));
  const node = fitting[Math.floor(fault.pick * fitting.length)];
  if (node === undefined || world.busyNodes.has(node.name)) return false;
  world.busyNodes.add(node.name);
  try {
    return await hit(world, fault, node);
  } finally {
    world.busyNodes.delete(node.name);
  }
}

export async function windowsNodes({ sandbox }: ChaosWorld): Promise<readonly SandboxNode[]> {
  const nodes = await sandbox.listNodes();
  return nodes
    .filter(({ labels }) => labels[OS_LABEL] === WINDOWS_OS)
    .toSorted((one, other) => one.name.localeCompare(other.name));
}

export function isHealed({ annotations }: SandboxNode): boolean {
  return annotations[DEFAULT_HEALED_ANNOTATION]?.toLowerCase() === 'true';
}

export function isSwitchedOff({ annotations }: SandboxNode): boolean {
  return annotations[HEALING_SWITCH_ANNOTATION] === HEALING_SWITCH_OFF;
}

/** Flips back what the schedule left NotReady, which it does only where the API server was away. */
export async function makeAllReady(world: ChaosWorld): Promise<void> {
  for (const node of await windowsNodes(world)) if (!node.ready) await world.sandbox.setNodeReady(node.name, true);
}

function fits({ kind }: Picking, node: SandboxNode): boolean {
  switch (kind) {
    case 'unhealed-by-hand':
    case 'taint-returns':
      return isHealed(node);
    case 'node-relapses':
    case 'node-falls-silent':
      return isHealed(node) && !NEVER_PROVING.has(node.labels[BEHAVIOUR_LABEL] ?? '');
    case 'healed-by-hand':
    case 'switched-off':
    case 'pods-deleted':
    case 'pods-held':
    case 'restarted':
    case 'cancelled':
      return !isHealed(node) && !isSwitchedOff(node) && node.ready;
    default:
      return node.ready;
  }
}

async function hit(world: ChaosWorld, fault: Picking, { name, labels }: SandboxNode): Promise<boolean> {
  const { sandbox, timeline } = world;
  timeline.note(fault.kind, name);
  if (isProofFault(fault)) return doProofFault(world, fault, { name, labels });
  switch (fault.kind) {
    case 'node-not-ready':
      if (!(await persist(() => sandbox.setNodeReady(name, false)))) return false;
      await sleep(fault.forMs);
      await persist(() => sandbox.setNodeReady(name, true));
      timeline.note('is Ready again', name);
      return true;
    case 'node-deleted':
      return persist(() => sandbox.deleteNode(name));
    case 'node-replaced':
      if (!(await persist(() => sandbox.deleteNode(name)))) return false;
      await sleep(fault.forMs);
      timeline.note('is there again, as another node', name);
      return persist(() => sandbox.addNode(name, { labels, ...newNodeOf(world) }));
    case 'healed-by-hand':
      return persist(() => sandbox.annotateNode(name, { [DEFAULT_HEALED_ANNOTATION]: 'true' }));
    case 'unhealed-by-hand':
      return persist(() =>
        sandbox.annotateNode(name, { [DEFAULT_HEALED_ANNOTATION]: fault.pick < 0.5 ? null : 'false' }),
      );
    case 'switched-off':
      await persist(() => sandbox.annotateNode(name, { [HEALING_SWITCH_ANNOTATION]: HEALING_SWITCH_OFF }));
      await sleep(fault.forMs);
      timeline.note('is switched on again', name);
      return persist(() => sandbox.annotateNode(name, { [HEALING_SWITCH_ANNOTATION]: null }));
    case 'pods-deleted':
      return persist(() => deletePods(world, name));
    case 'pods-held':
      if (!(await persist(() => setFinalizers(world, { node: name, finalizers: [FOREIGN_FINALIZER] })))) return false;
      await sleep(fault.forMs);
      timeline.note('its pods are let go', name);
      return persist(() => setFinalizers(world, { node: name, finalizers: [] }));
    case 'restarted':
      return tell(world.client, () => healOf(world.client, name).signal(restartHealing, { reason: 'chaos' }));
    default:
      return tell(world.client, () => healOf(world.client, name).cancel());
  }
}

/** Of all healing pods of the node, or of all nodes. Those that are deleted may only lose finalizers. */
export async function setFinalizers(
  { sandbox }: ChaosWorld,
  { node, finalizers }: { readonly node: string | null; readonly finalizers: readonly string[] },
): Promise<void> {
  for (const pod of await listHealingPods(sandbox.api)) {
    if (node !== null && pod.node !== node) continue;
    const path = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods/${pod.name}`;
    const body = { metadata: { uid: pod.uid, finalizers } };
    await sandbox.api.demand('PATCH', path, { body, contentType: MERGE_PATCH, alsoFine: [404, 409, 422] });
  }
}

async function deletePods({ sandbox }: ChaosWorld, node: string): Promise<void> {
  for (const pod of await listHealingPods(sandbox.api)) {
    const path = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods/${pod.name}`;
    if (pod.node === node) await sandbox.api.demand('DELETE', path, { alsoFine: [404] });
  }
}

function healOf(client: Client, name: string) {
  return client.workflow.getHandle(healNodeWorkflowId({ cluster: SANDBOX_CLUSTER, node: nodeName(name) }));
}

/** Once: a person tries again, or not. */
async function tell(client: Client, send: () => Promise<unknown>): Promise<boolean> {
  try {
    await client.withDeadline(Date.now() + TEMPORAL_TIMEOUT_MS, send);
    return true;
  } catch {
    return false;
  }
}
