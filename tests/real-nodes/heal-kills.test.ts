/** What a heal depends on is killed in the middle of an attempt: the outcome is the same, and nothing is left. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { z } from 'zod';
import { RELEASE_NAMESPACE } from '../../sandbox/layout.ts';
import { realNode } from '../../sandbox/real-nodes/addresses.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { historyOf } from '../e2e/faults-oracle.ts';
import { CONTROL_PLANE, outage, REJECTED_MAX } from '../e2e/outage.ts';
import { healViolations } from '../hundred-heals/judge-heal.ts';
import { type HealRecord, recordOf } from './heal-facts.ts';
import { type HealWorld, startHealWorld } from './heal-world.ts';
import { killNodeProgram } from './node-programs.ts';
import { HEALS_TIMEOUT_MS, hasRealNodes, testOnRealNodes } from './on-real-nodes.ts';

const PODS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`;
const PROOFS_MIN = 2;
const HEALING = {
  window: '50s',
  interval: '2s',
  // With the outage of an API server, which the pod's time includes.
  patience: '25s',
  provenPodsMin: PROOFS_MIN,
  // Keeps a pod there for so long that it is met in the middle.
  echo: { settle: '4s' },
};
const WAIT_MS = 150_000;
/** A node that crashed is off for so long. */
const OFF_MS = 2_000;
/** Longer than the rest of the pod that is met. */
const OUTAGE_MS = 5_000;
const node = realNode(1);

const PodListSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), uid: z.string() }),
      status: z.object({
        containerStatuses: z.array(z.object({ state: z.looseObject({ running: z.unknown().optional() }) })).default([]),
      }),
    }),
  ),
});
type Pods = z.infer<typeof PodListSchema>['items'];

let world: HealWorld;

beforeAll(async () => {
  if (!hasRealNodes) return;
  world = await startHealWorld({ realNodes: { count: 1 }, healing: HEALING });
  await world.nodes.cure(node.name);
}, HEALS_TIMEOUT_MS);

afterAll(async () => {
  await world?.stop();
});

async function pods(): Promise<Pods> {
  return PodListSchema.parse((await world.sandbox.api.demand('GET', PODS)).body).items;
}

interface Meeting {
  readonly record: HealRecord;
  /** The pod that was there when it happened. */
  readonly met: Pods[number];
}

async function healWith(kill: () => Promise<void>): Promise<Meeting> {
  const beganMs = await world.begin(node.name);
  const met = await waitUntil(
    async () => (await pods()).find(({ status }) => status.containerStatuses[0]?.state.running !== undefined) ?? null,
    { what: 'a pod that asks', timeoutMs: WAIT_MS },
  );
  await kill();
  await world.untilMarked(node.name, WAIT_MS);
  return { met, record: await recordOf(world, node, { beganMs, curedMs: beganMs }) };
}

/** Neither in the API nor on the node, where each pod has a link. */
async function untilNothingIsLeft(): Promise<void> {
  const links = () => world.nodes.inNetworkOf(node.name, 'ip -o link show type veth');
  await waitUntil(async () => (await pods()).length === 0 && !/^\d+: (?!eth0@)/m.test(await links()), {
    what: 'no pod and no link of one',
    timeoutMs: WAIT_MS,
    explain: async () => `${JSON.stringify(await pods())}\n${await links()}`,
  });
}

interface Excuses {
  /** Attempts that the API server refused, and which therefore made no pod. */
  readonly rejectedMax?: number;
  /** Attempts that were made again, because the outcome of their first pod was lost. */
  readonly repeatedMax?: number;
}

function expectOnePodAnAttempt({ lives, facts }: HealRecord, { rejectedMax = 0, repeatedMax = 0 }: Excuses = {}): void {
  expect(healViolations(facts, { proofsMin: PROOFS_MIN })).toEqual([]);
  const attempts = lives.map(({ attempt }) => attempt);
  expect(attempts).toEqual(attempts.toSorted((one, other) => one - other));
  const numbers = new Set(attempts);
  expect(lives.length - numbers.size).toBeLessThanOrEqual(repeatedMax);
  expect(Math.max(...numbers) - numbers.size).toBeLessThanOrEqual(rejectedMax);
}

testOnRealNodes('E11: a worker that is killed leaves its pod to the next, which judges it', async () => {
  const { met, record } = await healWith(async () => {
    await world.killWorker();
    await world.startWorker();
  });
  expectOnePodAnAttempt(record);
  expect(record.lives.map(({ uid }) => uid)).toContain(met.metadata.uid);
  expect(record.judgements.get(met.metadata.name)).toMatchObject({ verdict: 'proven' });
  await untilNothingIsLeft();
});

for (const program of ['kubelet', 'containerd'] as const) {
  testOnRealNodes(`E60: a ${program} that is killed in the middle of an attempt changes no outcome`, async () => {
    const { record } = await healWith(() => killNodeProgram(world.sandbox, program));
    expectOnePodAnAttempt(record);
    await untilNothingIsLeft();
  });
}

testOnRealNodes('E60: a node that crashes in the middle of an attempt is healed after its start', async () => {
  const { met, record } = await healWith(async () => {
    await world.nodes.crash(node.name);
    await sleep(OFF_MS);
    await world.nodes.start(node.name);
  });
  expectOnePodAnAttempt(record);
  expect(record.judgements.get(met.metadata.name)?.verdict).not.toBe('refuted');
  await untilNothingIsLeft();
});

testOnRealNodes('E60: a pod that ended while the API server was away is judged by what it had seen', async () => {
  const { met, record } = await healWith(() => outage(world.sandbox, { parts: CONTROL_PLANE, ms: OUTAGE_MS }));
  expectOnePodAnAttempt(record, { rejectedMax: REJECTED_MAX });
  expect(record.lives.map(({ uid }) => uid)).toContain(met.metadata.uid);
  expect(record.judgements.get(met.metadata.name)).toMatchObject({ verdict: 'proven' });
  await untilNothingIsLeft();
});

testOnRealNodes(
  'E60: a second pod for an attempt follows the first where Temporal is killed and loses its outcome',
  async () => {
    const { met, record } = await healWith(() => outage(world.sandbox, { parts: ['temporal'], ms: OUTAGE_MS }));
    // Temporal gives an activity that was silent for too long to a worker again, and takes no answer of the first any more.
    const { activityTimeouts } = await historyOf(world.heal(node.name));
    expectOnePodAnAttempt(record, { repeatedMax: activityTimeouts });
    expect(activityTimeouts).toBeLessThanOrEqual(1);
    expect(record.lives.map(({ uid }) => uid)).toContain(met.metadata.uid);
    expect(record.judgements.get(met.metadata.name)?.verdict).toBe('proven');
    await untilNothingIsLeft();
  },
);
