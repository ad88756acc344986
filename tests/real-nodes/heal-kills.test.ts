/** What a heal depends on is killed in the middle of an attempt: the outcome is the same, and nothing is left. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { z } from 'zod';
import { RELEASE_NAMESPACE } from '../../sandbox/layout.ts';
import { realNode } from '../../sandbox/real-nodes/addresses.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { healViolations } from '../hundred-heals/judge-heal.ts';
import { type HealRecord, recordOf } from './heal-facts.ts';
import { type HealWorld, startHealWorld } from './heal-world.ts';
import { killNodeProgram } from './node-programs.ts';
import { HEALS_TIMEOUT_MS, hasRealNodes, testOnRealNodes } from './on-real-nodes.ts';

const PODS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`;
const PROOFS_MIN = 2;
const HEALING = {
  window: '30s',
  interval: '2s',
  patience: '15s',
  provenPodsMin: PROOFS_MIN,
  // Keeps a pod there for so long that it is met in the middle.
  echo: { settle: '4s' },
};
const WAIT_MS = 150_000;
/** A node that crashed is off for so long. */
const OFF_MS = 2_000;
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

function expectOnePodAnAttempt({ lives, facts }: HealRecord): void {
  expect(healViolations(facts, { proofsMin: PROOFS_MIN })).toEqual([]);
  expect(lives.map(({ attempt }) => attempt)).toEqual(lives.map((_, index) => index + 1));
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
