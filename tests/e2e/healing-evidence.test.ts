/** Healing judged from outside: nodes of each behaviour side by side, the API server's audit log as the judge. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporal } from '@temporalio/proto';
import {
  DEFAULT_HEALED_ANNOTATION,
  HEALING_SWITCH_ANNOTATION,
  SNAT_PROOF_ANNOTATION,
} from '../../contracts/healing/names.ts';
import type { AuditEvent } from '../../sandbox/audit.ts';
import { BEHAVIOUR_LABEL, type Behaviour, LATE_PREFIX } from '../../sandbox/behaviour.ts';
import type { SandboxNode } from '../../sandbox/nodes.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import {
  deed,
  isOurs,
  livesOn,
  longestOverlapMs,
  type NodePatch,
  nodePatches,
  type PodLife,
  peakPerSecond,
  podLives,
  provedSandbox,
  STARTER,
  WORKER,
  workerRequestsAbout,
} from './audit-attempts.ts';
import { type HealingWorld, startHealingWorld } from './healing-world.ts';

const { EventType } = temporal.api.enums.v1;

const WINDOW_MS = 21_000;
const INTERVAL_MS = 3_000;
const PROVEN_PODS_MIN = 3;

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  proving: 'proving',
  'cured-within-window': 'late:10s',
  // Later than the window: only the extension can heal it.
  'cured-after-window': 'late:25s',
  flapping: 'flapping',
  'no-sandbox': 'no-sandbox',
  failing: 'failing',
  pending: 'pending',
  cancelled: 'proving',
};
/** What others than the workflow itself can write into its history. */
const FROM_OUTSIDE: readonly number[] = [
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED,
];
const HEALED = ['proving', 'cured-within-window', 'cured-after-window', 'flapping'] as const;
const UNPROVEN = ['no-sandbox', 'failing', 'pending'] as const;

let world: HealingWorld;
/** All requests until the last heal had ended. */
let events: readonly AuditEvent[];
let nodes: ReadonlyMap<string, SandboxNode>;

beforeAll(async () => {
  world = await startHealingWorld({
    vigilante: {
      healing: { window: `${WINDOW_MS}ms`, interval: `${INTERVAL_MS}ms`, provenPodsMin: PROVEN_PODS_MIN },
      starter: { reconcileInterval: '1s' },
    },
    starters: 2,
  });
  const { sandbox } = world;
  for (const [name, behaviour] of Object.entries(BEHAVIOURS)) await sandbox.addNode(name, { behaviour });
  await world.lives('cancelled', 3);
  await world.heal('cancelled').cancel();
  for (const node of HEALED) await world.untilAnnotated(node);
  for (const node of UNPROVEN) await world.untilState(node, 'unproven');
  // An Event is the last that a heal writes.
  await waitUntil(
    async () => (await Promise.all(Object.keys(BEHAVIOURS).map(world.nodeEvents))).every(({ length }) => length > 1),
    {
      what: 'two Events of each node',
      timeoutMs: 120_000,
    },
  );
  events = await sandbox.auditEvents();
  nodes = new Map((await sandbox.listNodes()).map((node) => [node.name, node]));
});

afterAll(async () => {
  await world?.stop();
});

function nodeOf(name: string): SandboxNode {
  const node = nodes.get(name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
}

/** The one write of the annotation. */
function healedPatchOf(name: string): NodePatch {
  const patches = nodePatches(events, name).filter(({ annotations }) => DEFAULT_HEALED_ANNOTATION in annotations);
  const [patch] = patches;
  if (patch === undefined || patches.length > 1) throw new Error(`${name} was annotated ${patches.length} times`);
  return patch;
}

function proofsBefore(name: string, atMs: number): readonly PodLife[] {
  return livesOn(events, name).filter((life) => provedSandbox(life) && (life.end?.deletedMs ?? atMs) < atMs);
}

/** When Temporal started the heal; its window opens then, or later. */
async function startedMs(name: string): Promise<number> {
  return (await world.heal(name).describe()).startTime.getTime();
}

test.each(HEALED)('H6: %s is annotated only after its window has passed', async (name) => {
  expect(healedPatchOf(name).atMs - (await startedMs(name))).toBeGreaterThanOrEqual(WINDOW_MS);
});

test.each(HEALED)('H6: %s is annotated only after enough of its pods had a sandbox with a network', (name) => {
  const { atMs } = healedPatchOf(name);
  expect(proofsBefore(name, atMs).length).toBeGreaterThanOrEqual(PROVEN_PODS_MIN);
  // The newest proof may be two intervals old: it is one of the last three pods.
  expect(livesOn(events, name).slice(-3).some(provedSandbox)).toBe(true);
});

test.each(['cured-within-window', 'cured-after-window'])('H6: the pods of %s prove nothing before the cure', (name) => {
  const label = nodeOf(name).labels[BEHAVIOUR_LABEL] ?? '';
  const curedMs = Number(label.slice(LATE_PREFIX.length)) * 1_000;
  const lives = livesOn(events, name);
  // A pod's own time of creation has whole seconds.
  const before = lives.filter(({ createdMs }) => createdMs < curedMs - 1_000);
  expect(before).not.toEqual([]);
  expect(before.filter(provedSandbox)).toEqual([]);
  const { atMs } = healedPatchOf(name);
  const after = proofsBefore(name, atMs).filter(({ createdMs }) => createdMs >= curedMs - 1_000);
  expect(after.length).toBeGreaterThanOrEqual(PROVEN_PODS_MIN);
});

test('H6: the window of a node cured after it is extended until its pods prove enough', async () => {
  const lives = livesOn(events, 'cured-after-window');
  const extendedFromMs = (await startedMs('cured-after-window')) + WINDOW_MS;
  expect(lives.filter((life) => life.createdMs > extendedFromMs && provedSandbox(life)).length).toBeGreaterThanOrEqual(
    PROVEN_PODS_MIN,
  );
});

test('H5: on a flapping node only the pods that prove are counted', async () => {
  const lives = livesOn(events, 'flapping');
  expect(lives.filter(({ attempt }) => attempt % 2 === 1).some(provedSandbox)).toBe(false);
  expect((await world.status('flapping'))?.podsProven).toBe(lives.filter(provedSandbox).length);
});

test('H5: a node whose pods get an IP and no sandbox is never annotated', async () => {
  const lives = livesOn(events, 'no-sandbox');
  expect(lives.length).toBeGreaterThan(PROVEN_PODS_MIN);
  for (const { end } of lives) {
    expect(end?.podIp).toMatch(/^10\.244\./);
    expect(end?.sandboxReady).toBe('False');
  }
  expect(await world.status('no-sandbox')).toMatchObject({
    state: 'unproven',
    podsProven: 0,
    lastEvidence: { level: 1 },
  });
});

test.each(UNPROVEN)(
  'H6: %s ends unproven after twice its window, with no write to the node and no pod left',
  async (name) => {
    const { uid } = nodeOf(name);
    expect(nodePatches(events, name)).toEqual([]);
    expect(nodeOf(name).annotations).not.toHaveProperty(DEFAULT_HEALED_ANNOTATION);
    const unproven = workerRequestsAbout(events, { name, uid }).findLast((event) => deed(event) === 'create events');
    expect(unproven?.requestObject).toMatchObject({ reason: 'HealingUnproven' });
    expect((unproven?.receivedMs ?? 0) - (await startedMs(name))).toBeGreaterThanOrEqual(2 * WINDOW_MS);
    expect(livesOn(events, name).filter(({ end }) => end === null)).toEqual([]);
  },
);

test.each([
  ['failing', 'FailedCreatePodSandBox: Failed to create pod sandbox'],
  ['pending', 'phase Pending, no ip'],
  ['no-sandbox', 'sandbox not ready'],
])('H12: status and Event of the unproven %s name the reason', async (name, reason) => {
  const status = await world.status(name);
  expect(status?.lastEvidence?.detail).toContain(reason);
  const told = (await world.nodeEvents(name)).find((event) => event.reason === 'HealingUnproven');
  expect(told?.message).toContain(reason);
});

test.each(HEALED)('H7: the write that annotates %s carries the uid of the node', (name) => {
  const patch = healedPatchOf(name);
  expect(patch).toMatchObject({ user: WORKER, uid: nodeOf(name).uid });
  const { [SNAT_PROOF_ANNOTATION]: proof = '', ...others } = patch.annotations;
  expect(others).toEqual({ [DEFAULT_HEALED_ANNOTATION]: 'true' });
  expect(JSON.parse(proof ?? '')).toMatchObject({ uid: nodeOf(name).uid });
});

/** What the worker asked from the Event that the heal starts to the last pod that it made. */
function steadyRequests(name: string): { readonly requests: readonly AuditEvent[]; readonly attempts: number } {
  const all = workerRequestsAbout(events, { name, uid: nodeOf(name).uid });
  const isCreate = (asked: AuditEvent) => deed(asked) === 'create pods';
  const started = all.findIndex((asked) => deed(asked) === 'create events');
  const requests = all.slice(started + 1, all.findLastIndex(isCreate) + 1);
  return { requests, attempts: requests.filter(isCreate).length };
}

test.each(['proving', 'no-sandbox'])(
  'H3: an attempt on %s is two requests: delete the last pod, create the next',
  (name) => {
    const { requests, attempts } = steadyRequests(name);
    expect(attempts).toBeGreaterThanOrEqual(3);
    expect(requests.length / attempts).toBe(2);
    expect(requests.map(deed)).toEqual(Array.from({ length: attempts }, () => ['delete pods', 'create pods']).flat());
  },
);

test('H5: a pod that proved nothing costs one more request, for its Events', () => {
  const { requests, attempts } = steadyRequests('failing');
  const each = ['delete pods', 'list events', 'create pods'];
  expect(requests.map(deed)).toEqual(Array.from({ length: attempts }, () => each).flat());
});

test('H3: beginning and end of a heal list the pods once each', () => {
  const all = workerRequestsAbout(events, { name: 'proving', uid: nodeOf('proving').uid });
  const deeds = all.map(deed);
  // One more where the node is newer than the worker's informer knows.
  expect(deeds.slice(0, deeds.indexOf('create events') + 1).join(', ')).toMatch(
    /^(get nodes, )?create pods, list pods, create events$/,
  );
  // The second look at the node is for what the proof says of its machine.
  const end = ['delete pods', 'list pods', 'get nodes', 'get nodes', 'patch nodes', 'create events'];
  expect(deeds.slice(deeds.lastIndexOf('create pods') + 1)).toEqual(end);
});

test('H15: no node has two pods for longer than an interval', () => {
  for (const name of Object.keys(BEHAVIOURS)) {
    expect(longestOverlapMs(livesOn(events, name))).toBeLessThanOrEqual(INTERVAL_MS);
  }
});

test('only the worker writes pods and nodes, the starter only reads, and neither is ever refused', () => {
  const ours = events.filter(isOurs);
  // A starter that looks while a heal ends may ask to delete a pod that is gone by then.
  const done = ours.filter(({ code }) => code !== 404);
  const deedsOf = (user: string) => [...new Set(done.filter((event) => event.user === user).map(deed))].toSorted();
  const steady = ['create events', 'create pods', 'delete pods', 'list events', 'list pods', 'patch nodes'];
  // A node that the informer does not know well enough is asked for.
  expect(deedsOf(WORKER).filter((name) => name !== 'get nodes')).toEqual(
    [...steady, 'list nodes', 'watch nodes'].toSorted(),
  );
  expect(deedsOf(STARTER)).toEqual(['list nodes', 'list pods', 'watch nodes']);
  expect(ours.filter(({ code }) => code === 401 || code === 403)).toEqual([]);
  for (const { createdBy, end } of podLives(events)) {
    expect([createdBy, end?.deletedBy]).toEqual([WORKER, WORKER]);
  }
});

test('the requests of worker and starters at their peak, for the record', () => {
  const ours = events.filter(isOurs);
  const peak = peakPerSecond(ours);
  const lives = podLives(events);
  const count = Object.keys(BEHAVIOURS).length;
  process.stdout.write(
    `${count} nodes, interval ${INTERVAL_MS / 1_000} s: ${lives.length} pods, ${ours.length} requests, at most ${peak} in a second\n`,
  );
  // Five to begin, and a burst of all nodes in the same second, is the most there can be.
  expect(peak).toBeLessThan(count * 10);
});

/** Counted by the Temporal server. */
async function startsAsked(): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${world.sandbox.layout.ports.temporalMetrics}/metrics`);
  const count =
    /^service_requests{namespace="default",operation="StartWorkflowExecution",service_name="frontend"} (\d+)$/m;
  return Number(count.exec(await answer.text())?.[1]);
}

test('H2: a second starter asks for the heals too, which adds no run and no event', async () => {
  expect(await startsAsked()).toBeGreaterThan(1.5 * Object.keys(BEHAVIOURS).length);
  for (const name of UNPROVEN) {
    expect(await world.runs(name)).toHaveLength(1);
    const { events: history } = await world.heal(name).fetchHistory();
    const fromOutside = (history ?? []).filter(({ eventType }) => FROM_OUTSIDE.includes(eventType ?? 0));
    expect(fromOutside.map(({ eventType }) => eventType)).toEqual([EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED]);
  }
});

test('H14: a cancelled heal removes its pod, switches the node off, and starters leave it alone', async () => {
  const lives = livesOn(events, 'cancelled');
  const [patch, ...others] = nodePatches(events, 'cancelled');
  expect(others).toEqual([]);
  expect(patch).toMatchObject({
    user: WORKER,
    uid: nodeOf('cancelled').uid,
    annotations: { [HEALING_SWITCH_ANNOTATION]: 'disabled' },
  });
  const cancelledMs = patch?.atMs ?? Number.NaN;
  expect(lives.filter(({ end, createdMs }) => end === null || createdMs > cancelledMs)).toEqual([]);
  const laterReconciles = events.filter(({ user, receivedMs }) => user === STARTER && receivedMs > cancelledMs);
  expect(laterReconciles.length).toBeGreaterThan(2 * world.starters.length);
  expect((await world.heal('cancelled').describe()).status.name).toBe('CANCELLED');
});

test.each([
  ['proving', ['HealingStarted', 'Healed']],
  ['cured-after-window', ['HealingStarted', 'Healed']],
  ['failing', ['HealingStarted', 'HealingUnproven']],
  ['cancelled', ['HealingStarted', 'HealingCancelled']],
])('H17: the Events about %s are on the node: %j', async (name, reasons) => {
  const told = await world.nodeEvents(name);
  expect(told.map(({ reason }) => reason)).toEqual(reasons);
  expect(new Set(told.map(({ nodeUid }) => nodeUid))).toEqual(new Set([nodeOf(name).uid]));
  expect(told.map(({ type }) => type)).toEqual(
    reasons.map((reason) => (reason === 'HealingUnproven' ? 'Warning' : 'Normal')),
  );
});
