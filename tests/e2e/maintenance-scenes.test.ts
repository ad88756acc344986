/** What becomes of a node, its cordon and its slot: a table of scenes, played side by side and read from the cluster. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MaintainNodeResult } from '../../contracts/maintenance/maintain-node.ts';
import { maintainNodeWorkflowId } from '../../contracts/maintenance/names.ts';
import type { StepName } from '../../domain/maintenance/state.ts';
import { auditUser } from '../../sandbox/audit.ts';
import { SANDBOX_CLUSTER, serviceAccountOf } from '../../sandbox/layout.ts';
import { MACHINE_ANNOTATION } from '../../sandbox/machines/machine-behaviour.ts';
import { cordonedMax, nodeSteps } from '../../sandbox/machines/maintenance-audit.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeName } from '../fixtures/nodes.ts';
import { answersTo } from './eviction-scenes.ts';
import { CLOSED_NODE, GROUP_NODES, IN_TURN, MANY } from './group-scenes.ts';
import { WITH_AGENT } from './machine-scenes.ts';
import { expectationOf, LAST_NODE, SCENES, SCENES_CONFIG } from './maintenance-scenes.ts';
import { type MaintenanceWorld, startMaintenanceWorld } from './maintenance-world.ts';
import type { Scene, SceneHands } from './scene.ts';
import { addPod, podsOf } from './scene-pods.ts';
import { VOLUMES_NODE } from './waiting-scenes.ts';

const SCENE_MS = 280_000;
const POLL_MS = 500;

let world: MaintenanceWorld;
/** Uids of pods that must be left, by their label. */
const podsBefore = new Map<string, readonly string[]>();
/** What was done to the nodes meanwhile, by node. */
const meanwhile = new Map<string, Promise<void>>();

beforeAll(async () => {
  world = await startMaintenanceWorld({ vigilante: SCENES_CONFIG, before: prepare });
  await Promise.all([
    ...SCENES.map(begin),
    ...[LAST_NODE.name, ...MANY.nodes, ...IN_TURN.nodes].map((name) => world.maintain(name)),
    world.maintain(CLOSED_NODE, { purpose: 'reboot' }),
  ]);
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
  for (const { name, labels } of [LAST_NODE, ...GROUP_NODES]) {
    await sandbox.addNode(name, { os: 'linux', zone: 'a', boot: randomUUID(), labels });
  }
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
  const { node, purpose = 'by-hand' } = scene;
  await world.maintain(node, { expect: expectationOf(scene), purpose });
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
    await during(world.sandbox, node, handsOf(node));
  }
  if (cancelled !== undefined) {
    await untilStep(node, cancelled);
    const id = maintainNodeWorkflowId({ cluster: SANDBOX_CLUSTER, node: nodeName(node) });
    await world.temporal.workflow.getHandle(id).cancel();
  }
}

function handsOf(node: string): SceneHands {
  return {
    reaches: (step) => untilStep(node, step),
    resolve: async (resolution) => {
      const payload = { resolution, by: 'anna', reason: 'repaired' };
      const answer = await world.maintenances.resolve(nodeName(node), payload);
      expect(answer).toMatchObject({ kind: 'result' });
    },
  };
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

async function untilSlot(node: string, wanted: 'held' | 'free'): Promise<void> {
  await waitUntil(async () => (await world.slotOf(node)) === wanted, {
    what: `the slot of ${node} to be ${wanted}`,
    timeoutMs: SCENE_MS,
    pollMs: POLL_MS,
    explain: async () => JSON.stringify(await world.maintenances.status(nodeName(node))),
  });
}

test.each(SCENES.map((scene) => [scene.title, scene] as const))('%s', async (_title, scene) => {
  const { node, outcome, detail = '', said = '', isCordoned, acts, kept, evicted, answered } = scene;
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
    expect(result.steps.map((step) => step.detail).join('; ')).toContain(said);
    await untilSlot(node, 'free');
  }
  const after = { isCordoned, isMarked: outcome === 'held', acts };
  const state = await world.nodeState(node);
  if (outcome === 'node-gone') expect(state).toBeNull();
  else expect(state).toMatchObject(after);
  const { api } = world.sandbox;
  if (kept !== undefined) expect((await podsOf(api, kept)).map(({ uid }) => uid)).toEqual(podsBefore.get(kept));
  if (evicted !== undefined) expect(await podsOf(api, evicted)).toEqual([]);
  if (answered !== undefined) expect(await answersTo(world.sandbox, node)).toContain(answered);
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

test('M15: case 20, the act came after the volumes were detached', async () => {
  await world.maintenances.result(nodeName(VOLUMES_NODE));
  const events = await world.sandbox.auditEvents();
  const detached = events.findIndex(({ resource, verb }) => resource === 'volumeattachments' && verb === 'delete');
  const act = events.findIndex((event) =>
    nodeSteps([event]).some(({ node, step }) => node === VOLUMES_NODE && step === 'act'),
  );
  expect(detached).toBeGreaterThan(-1);
  expect(act).toBeGreaterThan(detached);
});

test('M26: case 12, many ask at once, and no more are away than their group may', async () => {
  expect(await outcomesOf(MANY.nodes)).toEqual(MANY.nodes.map(() => 'done'));
  const steps = nodeSteps(await world.sandbox.auditEvents());
  expect(cordonedMax(steps.filter(({ node }) => MANY.nodes.includes(node)))).toBe(MANY.max);
});

test('M19, M26: case 13, the next node is taken once the one before is back', async () => {
  expect(await outcomesOf(IN_TURN.nodes)).toEqual(['done', 'done']);
  const steps = nodeSteps(await world.sandbox.auditEvents()).filter(({ node }) => IN_TURN.nodes.includes(node));
  const once = ['mark-and-cordon', 'act', 'boot', 'uncordon'];
  expect(steps.map(({ step }) => step)).toEqual([...once, ...once]);
  expect(new Set(steps.slice(0, once.length).map(({ node }) => node)).size).toBe(1);
});

/** Given back, without cordon, mark and slot. */
async function outcomesOf(nodes: readonly string[]): Promise<readonly string[]> {
  const results = await Promise.all(nodes.map((node) => world.maintenances.result(nodeName(node))));
  for (const node of nodes) {
    await untilSlot(node, 'free');
    expect(await world.nodeState(node)).toMatchObject({ isCordoned: false, isMarked: false, acts: 1 });
  }
  return results.map(({ outcome }) => outcome);
}

test.each([
  ['M22: case 34, the last node of its group that takes pods', LAST_NODE.name, 'last-node', /takes pods/],
  ['M36: case 35, a node whose window over midnight is closed', CLOSED_NODE, 'gate', /window/],
])('%s waits, and says why', async (_title, node, kind, why) => {
  await waitUntil(async () => (await world.reasonsOf(node)).length > 0, {
    what: 'its reasons',
    timeoutMs: SCENE_MS,
    pollMs: POLL_MS,
  });
  expect(await world.reasonsOf(node)).toEqual([{ kind, detail: expect.stringMatching(why) }]);
  expect(await world.slotOf(node)).toBe('free');
  expect(await world.nodeState(node)).toMatchObject({ isCordoned: false, isMarked: false, acts: 0 });
});

test('M16: no machine was acted upon more often than asked for', async () => {
  const acts = nodeSteps(await world.sandbox.auditEvents()).filter(({ step }) => step === 'act');
  const asked = new Map(SCENES.map((scene) => [scene.node, Math.max(1, scene.acts)]));
  const more = acts.filter(({ node }) => acts.filter((one) => one.node === node).length > (asked.get(node) ?? 1));
  expect(more).toEqual([]);
});

// Last: it takes a right from the maintainer.
test('M14, M54: a missing right ends the drain, is named, and the node is given back', async () => {
  const { sandbox } = world;
  const node = 'no-right';
  await sandbox.addNode(node, { os: 'linux', zone: 'a', boot: randomUUID() });
  await addPod(sandbox, { node, name: 'web' });
  await sandbox.setRights({
    omit: [{ component: 'maintainer', scope: 'clusterRules', apiGroup: '', resource: 'pods/eviction', verb: 'create' }],
  });
  const review = {
    spec: {
      user: auditUser(serviceAccountOf('maintainer')),
      resourceAttributes: { verb: 'create', resource: 'pods', subresource: 'eviction' },
    },
  };
  const isRefused = async () => {
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const { body } = await sandbox.api.demand('POST', path, { body: review });
    return JSON.stringify(body).includes('"allowed":false');
  };
  await waitUntil(isRefused, { what: 'the right to be gone', timeoutMs: SCENE_MS, pollMs: POLL_MS });
  await world.maintain(node);
  expect(await world.maintenances.result(nodeName(node))).toMatchObject({
    outcome: 'undrained',
    detail: expect.stringMatching(/^a right is missing; .*cannot create resource "pods\/eviction"/),
  });
  await untilSlot(node, 'free');
  expect(await world.nodeState(node)).toMatchObject({ isCordoned: false, isMarked: false, acts: 0 });
});
