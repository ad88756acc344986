/** H15 with real processes: worker and starter killed, stopped and ended in the middle of a window and of an attempt. */

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { auditUser } from '../../sandbox/audit.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { podLives } from './faults-audit.ts';
import { type Gate, openGate } from './faults-gate.ts';
import { expectSoundHeal, historyOf } from './faults-oracle.ts';
import {
  configWith,
  type FaultWorld,
  kubeconfigVia,
  logOf,
  POLICY,
  podNames,
  startFaultWorld,
  WAIT_MS,
} from './faults-world.ts';

/** One interval until a pod is looked at, one period of the reconcile; twice as long again on a machine that is busy. */
const OVERLAP_MS_MAX = 4 * (POLICY.intervalMs + POLICY.reconcileMs);

let world: FaultWorld;
let gate: Gate;
let gateEnv: Record<string, string>;
const workers: VigilanteProcess[] = [];
const starters: VigilanteProcess[] = [];

interface WorkerLimits {
  readonly activitiesMax?: number;
  readonly podActivitiesMax?: number;
}

async function startWorker(limits: WorkerLimits = {}): Promise<VigilanteProcess> {
  const started = await world.sandbox.startProcess('worker', {
    replica: workers.length,
    env: gateEnv,
    ...(limits.activitiesMax === undefined ? {} : { configPath: await configWith(world.sandbox, limits) }),
  });
  workers.push(started);
  return started;
}

async function startStarter(): Promise<VigilanteProcess> {
  const started = await world.sandbox.startProcess('starter', { replica: starters.length });
  starters.push(started);
  return started;
}

beforeAll(async () => {
  world = await startFaultWorld();
  gate = await openGate(world.sandbox.layout);
  gateEnv = { KUBECONFIG: await kubeconfigVia(world.sandbox, 'worker', { server: gate.url }) };
});

afterEach(async () => {
  await Promise.all(workers.filter((worker) => worker.isRunning()).map((worker) => worker.kill('SIGKILL')));
});

afterAll(async () => {
  await gate?.close();
  await world?.stop();
});

test('H15: all replicas killed with -9, then one of two: the window goes on, and a node that came meanwhile is healed', async () => {
  const { sandbox } = world;
  const [worker, starter] = await Promise.all([startWorker(), startStarter()]);
  await worker.waitUntilReady();
  for (const node of ['kill-1', 'kill-2']) await sandbox.addNode(node);
  const before = new Map<string, number | null>();
  for (const node of ['kill-1', 'kill-2']) {
    const status = await world.statusThat(node, 'a proof', ({ podsProven }) => podsProven >= 1);
    before.set(node, status.windowStartMs);
  }

  await Promise.all([worker.kill('SIGKILL'), starter.kill('SIGKILL')]);
  await sandbox.addNode('kill-3');
  const [first, second] = await Promise.all([startWorker(), startWorker()]);
  const [firstStarter, secondStarter] = await Promise.all([startStarter(), startStarter()]);
  await Promise.all([first, second, firstStarter, secondStarter].map((one) => one.waitUntilReady()));
  for (const node of ['kill-1', 'kill-2']) {
    const status = await world.statusThat(node, 'an attempt after the restart', ({ podsProven }) => podsProven >= 2);
    expect(status.windowStartMs).toBe(before.get(node));
  }
  await world.statusThat('kill-3', 'a proof', ({ podsProven }) => podsProven >= 1);
  await Promise.all([first.kill('SIGKILL'), firstStarter.kill('SIGKILL')]);

  for (const node of ['kill-1', 'kill-2', 'kill-3']) {
    await world.untilHealed(node);
    const { history } = await expectSoundHeal(world, node);
    expect(history.begins).toBe(1);
  }
  expect(await podNames(sandbox)).toEqual([]);
});

test('H15: a worker ended by SIGTERM in the middle of an attempt finishes it and exits with 0', async () => {
  const { sandbox } = world;
  const worker = await startWorker();
  await worker.waitUntilReady();
  const held = gate.holdCreate('term');
  await sandbox.addNode('term');
  await held.arrived();
  const ended = worker.kill('SIGTERM');
  await waitUntil(async () => (await logOf(worker)).includes('SIGTERM: stopping'), {
    what: 'the worker to stop',
    timeoutMs: WAIT_MS,
  });
  expect(await held.release()).toBe(201);
  await ended;
  expect(await worker.exited).toEqual({ code: 0, signal: null });

  await startWorker();
  await world.untilHealed('term');
  const { history } = await expectSoundHeal(world, 'term');
  expect(history.activityTimeouts).toBe(0);
});

test('H15: a worker killed, and one stopped, in the middle of attempts: what they sent arrives late and is cleared away', async () => {
  const { sandbox } = world;
  // With both slots taken it asks for no more first attempts, which would be lost in a stopped process; of the later
  // ones it can swallow one at a time.
  const stopped = await startWorker({ activitiesMax: 2, podActivitiesMax: 1 });
  const held = {
    ahead: gate.holdCreate('ahead'),
    closed: gate.holdCreate('closed'),
    adopted: gate.holdCreate('adopted'),
  };
  await Promise.all([sandbox.addNode('ahead'), sandbox.addNode('closed')]);
  await Promise.all([held.ahead.arrived(), held.closed.arrived()]);
  await stopped.kill('SIGSTOP');

  const killed = await startWorker();
  await sandbox.addNode('adopted');
  await held.adopted.arrived();
  await killed.kill('SIGKILL');
  // The API server makes the pod of a worker that is dead: the next one finds it.
  expect(await held.adopted.release()).toBe(201);
  await startWorker();

  await world.statusThat('ahead', 'two attempts by the other worker', ({ attempts }) => attempts >= 2);
  // Its first pod is gone by now, so that the late request makes it again beside the second.
  expect(await held.ahead.release()).toBe(201);
  await world.untilHealed('closed');
  expect(await held.closed.release()).toBe(201);
  await stopped.kill('SIGCONT');
  await world.untilHealed('ahead');
  await world.untilHealed('adopted');
  // What it swallowed it may begin only now, after its heal has ended: nothing more comes late once it has exited.
  await stopped.kill('SIGTERM');
  expect(await stopped.exited).toEqual({ code: 0, signal: null });
  // Each may have a pod that came late.
  for (const node of ['closed', 'ahead', 'adopted']) {
    await waitUntil(async () => (await podNames(sandbox, node)).length === 0, {
      what: `the reconcile to remove the pods of ${node}, whose heal has ended`,
      timeoutMs: WAIT_MS,
    });
  }
  const events = await sandbox.auditEvents();
  // The stopped worker may have swallowed a later attempt of any of them, and then makes that one's pod once more.
  let strays = 0;
  for (const node of ['ahead', 'closed', 'adopted']) {
    const late = node === 'adopted' ? 0 : 1;
    const { lives } = await expectSoundHeal(world, node, {
      strays: late,
      straysMax: late + 1,
      overlapMsMax: OVERLAP_MS_MAX,
    });
    strays += lives.length - new Set(lives.map(({ attempt }) => attempt)).size;
  }
  expect([2, 3]).toContain(strays);
  for (const node of ['ahead', 'closed']) {
    const stray = podLives(events, node).findLast(({ attempt }) => attempt === 1);
    // By the reconcile, or by the worker that made it so late, once it goes on.
    expect([auditUser('vigilante-starter'), auditUser('vigilante-worker')]).toContain(stray?.deletedBy);
    expect((stray?.deletedMs ?? Number.POSITIVE_INFINITY) - (stray?.createdMs ?? 0)).toBeLessThan(OVERLAP_MS_MAX);
  }
  // That of the killed worker, and perhaps one that the stopped worker swallowed.
  expect([1, 2]).toContain((await historyOf(world.heal('adopted'))).activityTimeouts);
});
