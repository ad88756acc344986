/** The startup taint where nobody could keep its cap in time, and where it is put back after the mark (E27, E29, E30). */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  DEFAULT_HEALED_ANNOTATION,
  HEALING_SWITCH_ANNOTATION,
  SNAT_PROOF_ANNOTATION,
} from '../../contracts/healing/names.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodePatches, WORKER } from './audit-attempts.ts';
import type { HealingWorld } from './healing-world.ts';
import { addTaints, createdMsOf, taintsOf } from './node-taints.ts';
import { setBehaviour } from './node-writes.ts';
import {
  conditionsIn,
  expectProvenMarks,
  marksIn,
  reasonsOf,
  startOnboardingWorld,
  UNTIL,
  untilReason,
} from './onboarding-world.ts';

const KEY = 'startup-taint.cluster-autoscaler.kubernetes.io/vigilante-snat';
/** Longer than a mark takes, also where the machine does other work. */
const CAP_MS = 40_000;
const STARTUP = { key: KEY, value: 'pending', effect: 'NoSchedule' } as const;
/** Of others, which stay byte for byte. */
const OTHERS = [
  { key: `${KEY}-other`, value: 'x', effect: 'NoSchedule' },
  { key: 'example.com/maintenance', effect: 'NoExecute', timeAdded: '2026-11-28T03:32:24Z' },
];

let world: HealingWorld;

beforeAll(async () => {
  // A heal that begins after the cap waits so long for its first pod, which does not end.
  world = await startOnboardingWorld({ patience: '12s', taint: { key: KEY, cap: `${CAP_MS}ms` } });
  // Its cap passes while other tests run.
  const annotations = { [HEALING_SWITCH_ANNOTATION]: 'disabled' };
  await world.sandbox.addNode('off', { behaviour: 'pending', annotations, taints: [STARTUP] });
});

afterAll(async () => {
  await world?.stop();
});

async function isTainted(node: string): Promise<boolean> {
  return (await taintsOf(world.sandbox, node)).some(({ key }) => key === KEY);
}

async function untilOverdue(node: string): Promise<void> {
  const overdueMs = (await createdMsOf(world.sandbox, node)) + CAP_MS + 1_000;
  await waitUntil(() => Date.now() > overdueMs, { what: `the cap of ${node} to pass`, ...UNTIL });
}

async function untilUntainted(node: string): Promise<void> {
  await waitUntil(async () => !(await isTainted(node)), { what: `the taint of ${node} to go`, ...UNTIL });
}

/** When the worker sent the taints of the node, in milliseconds. */
async function taintWritesMs(node: string): Promise<readonly number[]> {
  const events = await world.sandbox.auditEvents();
  return events
    .filter(({ user, verb, resource, name, subresource, requestObject, code }) => {
      const isPatch = verb === 'patch' && resource === 'nodes' && subresource === null && code === 200;
      return isPatch && user === WORKER && name === node && JSON.stringify(requestObject).includes('"taints"');
    })
    .map(({ receivedMs }) => receivedMs);
}

/** Without waiting for a pod to be judged, without a mark, and with the Event of the cap once. */
async function expectCapped(node: string): Promise<void> {
  const [removedMs = 0, ...more] = await taintWritesMs(node);
  expect(more).toEqual([]);
  const judgedBefore = (await world.lives(node)).filter(({ end }) => end !== null && end.deletedMs < removedMs);
  expect(judgedBefore).toEqual([]);
  expect((await world.sandbox.getNode(node))?.annotations[DEFAULT_HEALED_ANNOTATION]).not.toBe('true');
}

test('E29: a worker that comes after the cap takes the taint away before it has judged a pod, and the heal goes on', async () => {
  const { sandbox } = world;
  await world.worker.kill('SIGKILL');
  await sandbox.addNode('late', { behaviour: 'pending' });
  await addTaints(sandbox, 'late', [STARTUP, ...OTHERS]);
  const before = await taintsOf(sandbox, 'late');
  expect(before).toEqual(expect.arrayContaining([STARTUP, ...OTHERS]));
  await untilOverdue('late');
  expect(await isTainted('late')).toBe(true);

  await (await sandbox.startProcess('worker', { replica: 1 })).waitUntilReady();
  await untilUntainted('late');
  await expectCapped('late');
  expect(await taintsOf(sandbox, 'late')).toEqual(before.filter(({ key }) => key !== KEY));
  await untilReason(world, 'late', 'StartupTaintTimeout');

  await setBehaviour(sandbox, 'late', 'proving');
  await world.untilAnnotated('late');
  await expectProvenMarks(world, 'late');
  const healed = async () => conditionsIn(await sandbox.auditEvents(), 'late').at(-1) === 'True/Healed';
  await waitUntil(healed, { what: 'the condition', ...UNTIL });
  expect(conditionsIn(await sandbox.auditEvents(), 'late')).toContain('False/TimedOut');
  const reasons = await reasonsOf(world, 'late');
  expect(reasons.filter((reason) => reason === 'StartupTaintTimeout')).toHaveLength(1);
  expect(reasons).not.toContain('StartupTaintRemoved');
});

test('E27, E29: a node that is switched off keeps its taint beyond the cap, and loses it at once when its heal begins', async () => {
  const { sandbox } = world;
  await untilOverdue('off');
  expect(await isTainted('off')).toBe(true);
  expect(nodePatches(await sandbox.auditEvents(), 'off')).toEqual([]);

  await sandbox.annotateNode('off', { [HEALING_SWITCH_ANNOTATION]: null });
  await untilUntainted('off');
  await expectCapped('off');
  await untilReason(world, 'off', 'StartupTaintTimeout');
});

test('E30: a taint that is put back after the mark is removed under the same proof, three times at most', async () => {
  const { sandbox } = world;
  // From the first write: after a mark this taint would be the first that is put back.
  await sandbox.addNode('returned', { behaviour: 'proving', taints: [STARTUP] });
  await world.untilAnnotated('returned');
  await untilUntainted('returned');
  for (let returns = 1; returns <= 3; returns += 1) {
    await addTaints(sandbox, 'returned', [STARTUP]);
    await untilUntainted('returned');
    const proof: unknown = JSON.parse((await sandbox.getNode('returned'))?.annotations[SNAT_PROOF_ANNOTATION] ?? '');
    expect(proof).toMatchObject({ taintReturns: returns });
  }
  await addTaints(sandbox, 'returned', [STARTUP, ...OTHERS]);
  const before = await taintsOf(sandbox, 'returned');
  await untilReason(world, 'returned', 'StartupTaintKept');
  expect(await taintsOf(sandbox, 'returned')).toEqual(before);
  expect(marksIn(await sandbox.auditEvents(), 'returned')).toHaveLength(1);
  await untilOverdue('returned');
  expect(await reasonsOf(world, 'returned')).not.toContain('StartupTaintTimeout');
});
