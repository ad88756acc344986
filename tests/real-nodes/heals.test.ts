/** Heals and verifications of real nodes: what they cost, what they say, and what only the effect shows. */

import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { z } from 'zod';
import { proves } from '../../domain/healing/pod-evidence.ts';
import { REAL_ECHO_URL, RELEASE_NAMESPACE } from '../../sandbox/layout.ts';
import { REAL_NODES_PROFILE } from '../../sandbox/probing-pods/evidence-config.ts';
import { realNode } from '../../sandbox/real-nodes/addresses.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { deed, workerRequestsAbout } from '../e2e/audit-attempts.ts';
import { healViolations } from '../hundred-heals/judge-heal.ts';
import { recordOf, turnAround } from './heal-facts.ts';
import { type HealWorld, startHealWorld } from './heal-world.ts';
import { HEALS_TIMEOUT_MS, hasRealNodes, testOnRealNodes } from './on-real-nodes.ts';
import { askingPod, sleepingPod } from './probe-pod.ts';

const VIGILANTE = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
const PODS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`;
const RULES = { proofsMin: 2 };
const HEALING = { window: '40s', interval: '2s', patience: '20s', provenPodsMin: RULES.proofsMin };
const WAIT_MS = 120_000;
/** Containerd reads a changed configuration within it. */
const READ_MS = 3_000;
/** Beside those for its attempts, for a heal that ends marked (E51). */
const OTHER_REQUESTS_MAX = 8;
const [first, second] = [realNode(1), realNode(2)];

const PodSchema = z.object({ status: z.object({ phase: z.string().optional(), podIP: z.string().optional() }) });

let world: HealWorld;

beforeAll(async () => {
  if (hasRealNodes) world = await startHealWorld({ realNodes: { count: 2 }, healing: HEALING });
}, HEALS_TIMEOUT_MS);

afterAll(async () => {
  await world?.stop();
});

/** Resolves with the address of the pod, once it runs. */
async function runPod(name: string, pod: object): Promise<string> {
  await world.sandbox.api.demand('POST', PODS, { body: pod });
  return waitUntil(
    async () => {
      const { status } = PodSchema.parse((await world.sandbox.api.demand('GET', `${PODS}/${name}`)).body);
      return status.phase === 'Running' ? (status.podIP ?? null) : null;
    },
    { what: `${name} to run`, timeoutMs: WAIT_MS, pollMs: 250 },
  );
}

async function deletePod(name: string): Promise<void> {
  await world.sandbox.api.demand('DELETE', `${PODS}/${name}?gracePeriodSeconds=0`);
}

async function untilArrivals(what: string, source: string, sinceMs: number): Promise<void> {
  await waitUntil(
    async () => {
      const arrived = (await world.capture.syns()).filter((syn) => syn.source === source && syn.atMs >= sinceMs);
      return arrived.length >= 3;
    },
    { what, timeoutMs: WAIT_MS, pollMs: 250 },
  );
}

testOnRealNodes('E9, E51: an attempt is two requests, and a heal eight more at most', async () => {
  const curedMs = await world.nodes.cure(first.name);
  const beganMs = await world.begin(first.name);
  await world.untilMarked(first.name, WAIT_MS);
  const { facts, lives } = await recordOf(world, first, { beganMs, curedMs });
  expect(healViolations(facts, RULES)).toEqual([]);
  process.stderr.write(`${turnAround(lives)}\n`);
  const node = await world.sandbox.getNode(first.name);
  const about = workerRequestsAbout(await world.audit(), { name: first.name, uid: node?.uid ?? '' });
  const requests = about.filter(({ receivedMs }) => receivedMs >= beganMs);
  const attempts = requests.filter((request) => ['create pods', 'delete pods'].includes(deed(request)));
  expect(attempts.map(deed)).toEqual(lives.flatMap(() => ['create pods', 'delete pods']));
  const others = requests.filter((request) => !attempts.includes(request)).map(deed);
  expect(others.filter((request) => request === 'get pods')).toEqual([]);
  expect(others.length).toBeLessThanOrEqual(OTHER_REQUESTS_MAX);
});

testOnRealNodes('verify says own of a cured node and node of another, and exits with 1', async () => {
  await world.nodes.cure(first.name);
  await world.nodes.snat(second.name);
  await sleep(READ_MS);
  const verify = (...nodes: readonly string[]) =>
    new Promise<{ readonly code: unknown; readonly lines: readonly string[] }>((resolve) => {
      const args = ['verify', ...nodes, '--node-profile', REAL_NODES_PROFILE];
      execFile(VIGILANTE, args, { env: { ...process.env, ...world.sandbox.env } }, (error, stdout, stderr) => {
        const lines = `${stdout}${stderr}`.trimEnd().split('\n').slice(1);
        resolve({ code: error?.code ?? 0, lines });
      });
    });
  const own = expect.stringMatching(/^real-1 +own 10\.101\.\d+\.\d+ +sandbox saw the pod's own 10\.101\./);
  const translated = expect.stringMatching(
    /^real-2 +node 10\.241\.0\.12 +SNATed: sandbox saw the node's 10\.241\.0\.12/,
  );
  expect(await verify(first.name, second.name)).toEqual({ code: 1, lines: [own, translated] });
  expect(await verify('--all')).toEqual({ code: 1, lines: [own, translated] });
  expect(await verify(first.name)).toEqual({ code: 0, lines: [own] });
  expect(await world.isMarked(second.name)).toBe(true);
});

testOnRealNodes(
  "E59: a pod from before the cure keeps its node's address, and loses it when it is made again",
  async () => {
    await world.nodes.snat(second.name);
    await sleep(READ_MS);
    const description = { node: second.name, url: REAL_ECHO_URL };
    const oldAddress = await runPod('old', askingPod({ ...description, name: 'old' }));
    await untilArrivals("the node's address of a pod before the cure", second.address, 0);
    await world.nodes.cure(second.name);
    await sleep(READ_MS);
    const newAddress = await runPod('new', askingPod({ ...description, name: 'new' }));
    await untilArrivals('the own address of a pod after the cure', newAddress, 0);
    await untilArrivals("the node's address of the pod from before it", second.address, Date.now());
    await deletePod('old');
    const againAddress = await runPod('again', askingPod({ ...description, name: 'again' }));
    await untilArrivals('the own address of a pod made again', againAddress, 0);
    const againMs = Date.now();
    await untilArrivals('the same a second time', againAddress, againMs);
    const arrivals = await world.capture.syns();
    expect(arrivals.filter(({ source }) => source === oldAddress)).toEqual([]);
    expect(arrivals.filter(({ source, atMs }) => source === second.address && atMs >= againMs)).toEqual([]);
    for (const name of ['new', 'again']) await deletePod(name);
  },
);

testOnRealNodes(
  'E7: a pod with an address that a rule was left behind for is refuted, though its node is cured',
  async () => {
    const few = { podAddressesMax: 3 };
    await world.nodes.snat(first.name, few);
    await sleep(READ_MS);
    const address = await runPod('leaves-rule', sleepingPod({ name: 'leaves-rule', node: first.name }));
    expect(address).toMatch(/^10\.101\.0\.[2-4]$/);
    const curedMs = await world.nodes.cure(first.name, few);
    await sleep(READ_MS);
    await deletePod('leaves-rule');
    const beganMs = await world.begin(first.name);
    await world.untilMarked(first.name, WAIT_MS);
    const { facts, judgements } = await recordOf(world, first, { beganMs, curedMs });
    const met = facts.pods.filter(({ addresses }) => addresses.includes(address));
    const others = facts.pods.filter((pod) => !met.includes(pod));
    // Its network is as that of any other pod; only its packets show the difference.
    expect(met.length).toBeGreaterThan(0);
    expect(met.map(({ name }) => proves(judgements.get(name)?.level ?? 0, 'sandbox'))).toEqual(met.map(() => true));
    expect(met.map(({ verdict }) => verdict)).toEqual(met.map(() => 'refuted'));
    expect(others.map(({ verdict }) => verdict)).toEqual(others.map(() => 'proven'));
    // Pods that were refuted may lie among the proofs of a window, only not at its end (E15).
    expect(healViolations(facts, { proofsMin: 1 })).toEqual([]);
  },
);
