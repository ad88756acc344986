/** H15 with real parts: Temporal, the API server and etcd killed in the middle of windows. */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import { HEALING_SWITCH_ANNOTATION, HEALING_SWITCH_OFF } from '../../contracts/healing/names.ts';
import { restartHealing } from '../../contracts/healing/signals-and-queries.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeWrites } from './faults-audit.ts';
import { expectSoundHeal } from './faults-oracle.ts';
import { rejectPodsOf } from './faults-rejection.ts';
import { type FaultWorld, logOf, POLICY, podNames, readinessThat, startFaultWorld, WAIT_MS } from './faults-world.ts';
import { CONTROL_PLANE, outage, REJECTED_MAX } from './outage.ts';

/** Five minutes at the interval of 30 s are ten intervals. */
const OUTAGE_MS = 10 * POLICY.intervalMs;
const ETCD_OUTAGE_MS = 4 * POLICY.intervalMs;

let world: FaultWorld;
let worker: VigilanteProcess;
let starter: VigilanteProcess;

beforeAll(async () => {
  world = await startFaultWorld();
  [worker, starter] = await Promise.all([world.sandbox.startProcess('worker'), world.sandbox.startProcess('starter')]);
  await Promise.all([worker.waitUntilReady(), starter.waitUntilReady()]);
});

afterAll(async () => {
  await world?.stop();
});

/** Adds the node; resolves with the start of its window as soon as a pod on it proved something. */
async function addProvenNode(node: string): Promise<number | null> {
  await world.sandbox.addNode(node);
  return (await world.statusThat(node, 'a proof', ({ podsProven }) => podsProven >= 1)).windowStartMs;
}

/** The attempts after the outage are made in the window from before, and the outage was no error of the node. */
async function expectGoesOn(node: string, before: { windowStartMs: number | null; attempts: number }) {
  const isPast = (status: HealingStatus) => status.attempts > before.attempts && status.lastError === null;
  const status = await world.statusThat(node, 'a pod after the outage', isPast);
  expect(status).toMatchObject({ windowStartMs: before.windowStartMs, rejectedInARow: 0, state: 'healing' });
  return status;
}

async function attemptsOf(node: string): Promise<number> {
  return (await world.statusThat(node, 'an answer', () => true)).attempts;
}

const isReady = ({ code }: { code: number }) => code === 200;

test('H15: Temporal killed with -9 and started on its database file: heals go on, processes reconnect by themselves', async () => {
  const { sandbox } = world;
  const windowStartMs = await addProvenNode('tide-1');
  const attempts = await attemptsOf('tide-1');
  const meanwhile = async () => {
    for (const process of [starter, worker]) {
      const isUnreachable = /^cannot reach Temporal at 127\.0\.0\.1:\d+: /;
      await readinessThat(process, 'not ready', ({ checks }) => isUnreachable.test(checks['temporal'] ?? ''));
    }
    await sandbox.addNode('tide-2');
  };
  await outage(sandbox, { parts: ['temporal'], ms: 0, meanwhile });
  await Promise.all([starter, worker].map((process) => readinessThat(process, 'ready again', isReady)));
  await expectGoesOn('tide-1', { windowStartMs, attempts });
  for (const node of ['tide-1', 'tide-2']) {
    await world.untilHealed(node);
    const { history } = await expectSoundHeal(world, node);
    expect(history.begins).toBe(1);
  }
  expect([worker.isRunning(), starter.isRunning()]).toEqual([true, true]);
  expect((await logOf(starter)).match(/answers again/g)).toHaveLength(1);
});

describe('the API server killed with -9 for ten intervals', () => {
  let windowStartMs: number | null;
  let attempts: number;
  let replacedUid: string;

  beforeAll(async () => {
    const { sandbox } = world;
    await rejectPodsOf(sandbox, 'stalled');
    await sandbox.addNode('stalled');
    await world.statusThat('stalled', 'to be stalled', ({ state }) => state === 'stalled');
    await Promise.all(['cancelled', 'restarted', 'replaced'].map(addProvenNode));
    windowStartMs = await addProvenNode('patient');
    attempts = await attemptsOf('patient');
    await sandbox.deleteNode('replaced');
    const meanwhile = async () => {
      const isUnwatched = /^the nodes are not watched: .*ECONNREFUSED/;
      await readinessThat(starter, 'not ready', ({ checks }) => isUnwatched.test(checks['nodes'] ?? ''));
      await world.heal('cancelled').cancel();
      await world.heal('restarted').signal(restartHealing, { reason: 'asked for in an outage' });
    };
    await outage(sandbox, { parts: CONTROL_PLANE, ms: OUTAGE_MS, meanwhile });
    replacedUid = (await sandbox.addNode('replaced')).uid;
    await sandbox.deleteNode('stalled');
  });

  test('H11: no error is counted, the window is as much longer, and the node is healed', async () => {
    const status = await expectGoesOn('patient', { windowStartMs, attempts });
    const lengthMs = (status.windowEndMs ?? 0) - (status.windowStartMs ?? 0);
    // An outage begins after an attempt and ends before the next.
    expect(lengthMs - POLICY.windowMs).toBeGreaterThan(OUTAGE_MS - 2 * POLICY.intervalMs);
    await world.untilHealed('patient');
    const { annotatedMs } = await expectSoundHeal(world, 'patient', { rejectedMax: REJECTED_MAX });
    expect(annotatedMs - (windowStartMs ?? 0)).toBeGreaterThanOrEqual(lengthMs);
    await Promise.all([starter, worker].map((process) => readinessThat(process, 'ready again', isReady)));
  });

  test('H9: a node that was replaced under its name meanwhile is healed as the new node', async () => {
    await world.untilHealed('replaced');
    await expectSoundHeal(world, 'replaced', { nodeUid: replacedUid, rejectedMax: REJECTED_MAX });
  });

  test('H9: the heal of a stalled node that is deleted ends as node-gone', async () => {
    const result = await waitUntil(() => endOf('stalled'), {
      what: 'the heal of stalled to end',
      timeoutMs: WAIT_MS,
      explain: () => world.explain('stalled'),
    });
    expect(result).toMatchObject({ outcome: 'node-gone' });
    expect(await podNames(world.sandbox, 'stalled')).toEqual([]);
  });

  test('H14: a heal cancelled meanwhile removes its pod and switches the node off', async () => {
    const isOff = async () => {
      const annotations = (await world.sandbox.getNode('cancelled'))?.annotations;
      return annotations?.[HEALING_SWITCH_ANNOTATION] === HEALING_SWITCH_OFF;
    };
    await waitUntil(isOff, {
      what: 'the node to be switched off',
      timeoutMs: WAIT_MS,
      explain: () => world.explain('cancelled'),
    });
    // Both know of it by now, and the starter has not begun again on what it knew from before the outage.
    await Promise.all([starter, worker].map((process) => readinessThat(process, 'ready again', isReady)));
    await waitUntil(async () => !(await world.runs('cancelled')).includes('RUNNING'), {
      what: 'the heal of cancelled to end',
      timeoutMs: WAIT_MS,
      explain: () => world.explain('cancelled'),
    });
    expect(await world.runs('cancelled')).toEqual(['CANCELLED']);
    const writes = nodeWrites(await world.sandbox.auditEvents(), 'cancelled').filter(({ code }) => code === 200);
    expect(writes).toEqual([expect.objectContaining({ healed: null, healingSwitch: HEALING_SWITCH_OFF })]);
    expect(await podNames(world.sandbox, 'cancelled')).toEqual([]);
  });

  test('H13: a restart signalled meanwhile is not lost: a whole new window follows', async () => {
    await world.untilHealed('restarted');
    const { history } = await expectSoundHeal(world, 'restarted', {
      rejectedMax: REJECTED_MAX,
      // The first pod of a window is made before the last one of the window before it is removed.
      overlapMsMax: POLICY.intervalMs,
    });
    expect(history.begins).toBe(2);
    expect(history.signals.filter((signal) => signal === 'restartHealing')).toHaveLength(1);
    const writes = nodeWrites(await world.sandbox.auditEvents(), 'restarted').filter(({ code }) => code === 200);
    expect(writes.map(({ healed }) => healed)).toEqual(['false', 'true']);
  });
});

test('H15: etcd killed with -9 and started again: the same window goes on, without an error of the node', async () => {
  const windowStartMs = await addProvenNode('store');
  const attempts = await attemptsOf('store');
  await outage(world.sandbox, { parts: ['etcd'], ms: ETCD_OUTAGE_MS });
  await expectGoesOn('store', { windowStartMs, attempts });
  await world.untilHealed('store');
  await expectSoundHeal(world, 'store');
  expect(await podNames(world.sandbox)).toEqual([]);
});

/** Null while the heal runs. */
async function endOf(node: string): Promise<unknown> {
  const { status } = await world.heal(node).describe();
  return status.name === 'RUNNING' ? null : await world.heal(node).result();
}
