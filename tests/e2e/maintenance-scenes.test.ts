/** What becomes of a node, its cordon and its slot: a table of scenes, played side by side and read from the cluster. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MaintainNodeResult } from '../../contracts/maintenance/maintain-node.ts';
import { maintainNodeWorkflowId } from '../../contracts/maintenance/names.ts';
import type { StepName } from '../../domain/maintenance/state.ts';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { MACHINE_ANNOTATION } from '../../sandbox/machines/machine-behaviour.ts';
import { nodeSteps } from '../../sandbox/machines/maintenance-audit.ts';
import { REBOOT_EXECUTOR } from '../../sandbox/machines/maintenance-config.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { REBOOT } from '../fixtures/maintenance.ts';
import { nodeName, nodeUid } from '../fixtures/nodes.ts';
import { WITH_AGENT } from './machine-scenes.ts';
import { expectationOf, LAST_NODE, SCENES, SCENES_CONFIG } from './maintenance-scenes.ts';
import { type MaintenanceWorld, startMaintenanceWorld } from './maintenance-world.ts';
import type { Scene } from './scene.ts';
import { podsOf } from './scene-pods.ts';

const SCENE_MS = 280_000;
const POLL_MS = 500;

let world: MaintenanceWorld;
/** Uids of pods that must be left, by their label. */
const podsBefore = new Map<string, readonly string[]>();
/** What was done to the nodes meanwhile, by node. */
const meanwhile = new Map<string, Promise<void>>();

beforeAll(async () => {
  world = await startMaintenanceWorld({ vigilante: SCENES_CONFIG, before: prepare });
  await Promise.all([...SCENES.map(begin), maintain(LAST_NODE.name, REBOOT)]);
  for (const scene of SCENES) {
    const done = act(scene);
    // Its failure is seen by the test of the scene.
    done.catch(() => {});
    meanwhile.set(scene.node, done);
  }
}, 600_000);

afterAll(async () => {
  await world?.stop();
});

async function prepare(sandbox: Sandbox): Promise<void> {
  for (const { node, machine = 'reboots', options = {}, before } of SCENES) {
    const annotations = { [MACHINE_ANNOTATION]: machine };
    await sandbox.addNode(node, { os: 'linux', zone: 'a', boot: randomUUID(), annotations, ...options });
    await before?.(sandbox, node);
  }
  const { name, labels } = LAST_NODE;
  await sandbox.addNode(name, { os: 'linux', zone: 'a', boot: randomUUID(), labels });
  // Takes pods while all others are away.
  await sandbox.addNode('spare', { os: 'linux', zone: 'a', boot: randomUUID() });
  await sandbox.startAgents({ count: WITH_AGENT });
}

async function begin(scene: Scene): Promise<void> {
  const { kept } = scene;
  if (kept !== undefined)
    podsBefore.set(
      kept,
      (await podsOf(world.sandbox.api, kept)).map(({ uid }) => uid),
    );
  if (SCENES.indexOf(scene) < WITH_AGENT) await untilAgentReports(scene.node);
  await maintain(scene.node, expectationOf(scene));
}

async function maintain(node: string, expect: typeof REBOOT): Promise<void> {
  const state = await world.nodeState(node);
  await world.maintenances.start({
    cluster: SANDBOX_CLUSTER,
    node: { name: nodeName(node), uid: nodeUid(state?.uid ?? '') },
    run: 'scenes',
    group: 'linux',
    purpose: 'by-hand',
    phase: 'node',
    executor: REBOOT_EXECUTOR,
    expect,
    parent: null,
  });
}

/** Before that nobody knows that the node has one. */
async function untilAgentReports(node: string): Promise<void> {
  const url = `${world.sandbox.env.COLLECTOR_URL}/api/v2/nodes/${node}`;
  const reports = async () => JSON.stringify(await (await fetch(url)).json()).includes('"state":"ok"');
  await waitUntil(reports, { what: `the agent of ${node}`, timeoutMs: 120_000, pollMs: POLL_MS });
}

async function act({ node, during, cancelled }: Scene): Promise<void> {
  if (during !== undefined) {
    await untilMarked(node);
    await during(world.sandbox, node);
  }
  if (cancelled !== undefined) {
    await untilStep(node, cancelled);
    const id = maintainNodeWorkflowId({ cluster: SANDBOX_CLUSTER, node: nodeName(node) });
    await world.temporal.workflow.getHandle(id).cancel();
  }
}

async function untilMarked(node: string): Promise<void> {
  await waitUntil(async () => (await world.nodeState(node))?.phase === 'draining', {
    what: `the mark of ${node} to say draining`,
    timeoutMs: SCENE_MS,
    pollMs: 200,
  });
}

/** The mark is no clock for this: it says the next phase before the workflow knows. */
async function untilStep(node: string, step: StepName): Promise<void> {
  await waitUntil(async () => (await world.maintenances.status(nodeName(node)))?.step === step, {
    what: `the maintenance of ${node} to be in its step ${step}`,
    timeoutMs: SCENE_MS,
    pollMs: 200,
  });
}

async function slotOf(node: string): Promise<'held' | 'given' | 'free'> {
  const budget = await world.budget();
  const slot = budget?.slots.find((one) => one.node.name === node);
  if (slot === undefined) return 'free';
  return slot.held ? 'held' : 'given';
}

async function untilSlot(node: string, wanted: 'held' | 'free'): Promise<void> {
  await waitUntil(async () => (await slotOf(node)) === wanted, {
    what: `the slot of ${node} to be ${wanted}`,
    timeoutMs: SCENE_MS,
    pollMs: POLL_MS,
    explain: async () => JSON.stringify(await world.maintenances.status(nodeName(node))),
  });
}

test.each(SCENES.map((scene) => [scene.title, scene] as const))('%s', async (_title, scene) => {
  const { node, outcome, detail = '', isCordoned, acts, kept, evicted } = scene;
  await meanwhile.get(node);
  if (outcome === 'held') {
    await untilSlot(node, 'held');
    const status = await world.maintenances.status(nodeName(node));
    expect(status).toMatchObject({ isHeld: true, step: 'hold' });
    expect(status?.waitsFor.join('; ')).toContain(detail);
  } else {
    const result: MaintainNodeResult = await world.maintenances.result(nodeName(node));
    expect({ outcome: result.outcome, detail: result.detail }).toEqual({
      outcome,
      detail: expect.stringContaining(detail),
    });
    await untilSlot(node, 'free');
  }
  const after = { isCordoned, isMarked: outcome === 'held', acts };
  const state = await world.nodeState(node);
  if (outcome === 'node-gone') expect(state).toBeNull();
  else expect(state).toMatchObject(after);
  const { api } = world.sandbox;
  if (kept !== undefined) expect((await podsOf(api, kept)).map(({ uid }) => uid)).toEqual(podsBefore.get(kept));
  if (evicted !== undefined) expect(await podsOf(api, evicted)).toEqual([]);
});

test('M18: a node that flaps is uncordoned after it was Ready for the last time', async () => {
  await world.maintenances.result(nodeName('flaps'));
  const events = await world.sandbox.auditEvents();
  const ready = events.findLast(
    ({ user, resource, name }) => user === 'sandbox-machines' && resource === 'nodes' && name === 'flaps',
  );
  const uncordon = events.findLast((event) =>
    nodeSteps([event]).some(({ node, step }) => node === 'flaps' && step === 'uncordon'),
  );
  expect(events.indexOf(uncordon ?? expectFound())).toBeGreaterThan(events.indexOf(ready ?? expectFound()));
});

function expectFound(): never {
  throw new Error('no such request in the audit log');
}

test('M22: case 34, the last node of its group that takes pods waits, and says why', async () => {
  const reasons = async () => {
    const budget = await world.budget();
    return budget?.waiting.find(({ node }) => node === LAST_NODE.name)?.reasons.map(({ kind }) => kind) ?? [];
  };
  await waitUntil(async () => (await reasons()).length > 0, {
    what: 'its reasons',
    timeoutMs: SCENE_MS,
    pollMs: POLL_MS,
  });
  expect(await reasons()).toEqual(['last-node']);
  expect(await world.nodeState(LAST_NODE.name)).toMatchObject({ isCordoned: false, isMarked: false, acts: 0 });
});

test('M16: no machine was acted upon twice', async () => {
  const acts = nodeSteps(await world.sandbox.auditEvents()).filter(({ step }) => step === 'act');
  expect(new Set(acts.map(({ node }) => node)).size).toBe(acts.length);
});
