/** Healing by source address with real worker and echoes, where something is wrong on the way to an endpoint, or behind it. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sumOf } from '../../bench/prometheus.ts';
import { SNAT_PROFILE } from '../../contracts/healing/names.ts';
import { freePorts } from '../../sandbox/ports.ts';
import { longestOverlapMs } from './audit-attempts.ts';
import { podNames } from './faults-world.ts';
import { HONEST, type Lie, type LyingEndpoints, startLyingEndpoints } from './lying-endpoints.ts';
import { namedEcho } from './named-echo.ts';
import { podOutcomesOf } from './probe-outcomes.ts';
import { SNAT_WINDOW_MS, type SourceWorld, startSourceWorld } from './source-address-world.ts';
import { BALANCER_ADDRESS, startTranslatingBalancer, type TranslatingBalancer } from './translating-balancer.ts';

const DIRECT = 'direct';
const BALANCED = 'balanced';
const ALL = 'all-of-two';
const ANY = 'any-of-two';
const NOWHERE = 'nowhere';
/** A pod asks four endpoints at most. */
const LIED_TO: Readonly<Record<string, readonly Lie[]>> = {
  'lied-to': ['forged', 'replayed', 'oversized'],
  'lied-to-again': ['truncated', 'unsigned'],
  'lied-to-still': ['foreign-key', 'wrong-nonce'],
};
/** Pods that nobody judges, so that what they do to the window shows. */
const UNJUDGED_MIN = 3;

const REASONS: Readonly<Record<Lie, string>> = {
  forged: 'the signature is by none of the public keys',
  replayed: 'the answer is to the nonce ',
  oversized: 'the answer has more than 2048 bytes',
  truncated: 'answer: expected an object',
  unsigned: 'answer.sig: ',
  'foreign-key': 'the signature is by none of the public keys',
  'wrong-nonce': 'the answer is to the nonce ',
};

let world: SourceWorld;
let balancer: TranslatingBalancer;
let liars: LyingEndpoints;

const named = (profile: string) => ({ node: profile, profile });

beforeAll(async () => {
  const [from = 0, liarPort = 0, nobodyPort = 0] = await freePorts(3);
  const [direct, balanced] = [await namedEcho(DIRECT), await namedEcho(BALANCED)];
  balancer = await startTranslatingBalancer({ from, to: balanced.port });
  liars = await startLyingEndpoints(liarPort);
  const two = [direct.endpoint(), balanced.endpoint(from)];
  const nobody = { ...direct.endpoint(nobodyPort), name: NOWHERE };
  world = await startSourceWorld(
    [
      { name: BALANCED, endpoints: [balanced.endpoint(from)] },
      { name: ALL, endpoints: two },
      { name: ANY, require: 'any', endpoints: two },
      { name: NOWHERE, endpoints: [nobody] },
      ...Object.entries(LIED_TO).map(([name, lies]) => ({ name, endpoints: [HONEST, ...lies].map(liars.endpoint) })),
      { name: HONEST, endpoints: [liars.endpoint(HONEST)] },
    ],
    async ({ layout }) => void (await Promise.all([direct.start(layout), balanced.start(layout)])),
  );
  // Their heals go on side by side; each test waits for its own.
  for (const profile of [BALANCED, ALL, ANY, NOWHERE, ...Object.keys(LIED_TO), HONEST])
    await world.addNode(named(profile));
});

afterAll(async () => {
  balancer?.close();
  liars?.close();
  await world?.stop();
});

/** Its window and all extensions are over, and nothing was marked at any time. */
async function expectUnproven(profile: string) {
  const status = await world.untilDecided(named(profile));
  expect(status.state).toBe('unproven');
  expect(await world.marksMs(named(profile))).toEqual([]);
  expect(await podNames(world.sandbox, profile)).toEqual([]);
  const outcomes = await podOutcomesOf(world.heal(named(profile)));
  expect(outcomes.length).toBeGreaterThanOrEqual(2);
  return { status, outcomes };
}

async function podAddresses(node: string): Promise<readonly string[]> {
  return (await world.lives(node)).map(({ end }) => `${end?.podIp}`);
}

test('an echo behind a balancer that translates refutes every pod by another address, and marks nothing', async () => {
  const { status, outcomes } = await expectUnproven(BALANCED);
  expect(status.lastRefuted).toMatchObject({ verdict: 'refuted', by: 'other', address: BALANCER_ADDRESS });
  expect(outcomes.map(({ judgement }) => [judgement.level, judgement.detail])).toEqual(
    (await podAddresses(BALANCED)).map((own) => [2, `SNATed: ${BALANCED} saw ${BALANCER_ADDRESS} instead of ${own}`]),
  );
  // What the alert about such a place asks: others' addresses, and none of a pod or of a node.
  expect(await world.answers(BALANCED, BALANCED)).toEqual({ other: outcomes.length });
});

test.each([
  ['all', ALL],
  ['any', ANY],
])('E6: where %s must see the pod, one endpoint that saw another address refutes it', async (_require, profile) => {
  const { status, outcomes } = await expectUnproven(profile);
  expect(status.lastRefuted).toMatchObject({ verdict: 'refuted', by: 'other', endpoint: BALANCED });
  expect(outcomes.map(({ judgement }) => judgement.detail)).toEqual(
    (await podAddresses(profile)).map((own) => `SNATed: ${BALANCED} saw ${BALANCER_ADDRESS} instead of ${own}`),
  );
  expect(await world.answers(profile, DIRECT)).toEqual({ own: outcomes.length });
  expect(await world.answers(profile, BALANCED)).toEqual({ other: outcomes.length });
});

test.each(Object.entries(LIED_TO).map(([profile, lies]) => [lies.join(', '), profile, lies] as const))(
  'E4: answers that are %s prove and refute nothing',
  async (_lies, profile, lies) => {
    const { outcomes } = await expectUnproven(profile);
    for (const { kind, judgement } of outcomes) {
      expect([kind, judgement.source?.verdict, judgement.level]).toEqual(['judged', 'silent', 2]);
      for (const lie of lies) expect(judgement.detail).toContain(`${lie}: ${REASONS[lie]}`);
    }
    expect(await world.answers(profile, HONEST)).toEqual({ own: outcomes.length });
    for (const lie of lies) {
      expect([lie, await world.answers(profile, lie)]).toEqual([lie, { invalid: outcomes.length }]);
    }
  },
);

test('an endpoint that stands in for an echo and does not lie has its node marked', async () => {
  await world.untilDecided(named(HONEST));
  expect(await world.marksMs(named(HONEST))).toHaveLength(1);
});

test('E13: an endpoint that the worker never reached excuses nothing: its pods are silent', async () => {
  const { outcomes } = await expectUnproven(NOWHERE);
  for (const { kind, judgement } of outcomes) {
    expect([kind, judgement.source?.verdict]).toEqual(['judged', 'silent']);
    expect(judgement.detail).toContain(`${NOWHERE}: exit 7: `);
  }
  expect(await world.answers(NOWHERE, NOWHERE)).toEqual({ none: outcomes.length });
});

test('E13: while an echo is dead that was reached before, no pod is judged and the window moves; then the node is proven', async () => {
  const healed = { node: 'interrupted', profile: SNAT_PROFILE };
  const { sandbox } = world;
  const isReached = async () => sumOf(await world.metrics(), 'vigilante_echo_reachable', { endpoint: 'sandbox' });
  expect(await isReached()).toBe(1);
  await world.addNode(healed);
  const before = await world.statusThat(healed, 'a proof', ({ podsProven }) => podsProven >= 1);
  await sandbox.killPart('echo', 'SIGKILL');
  const killedMs = Date.now();
  const isUnjudged = ({ lastEvidence, attempts }: { lastEvidence: { detail: string } | null; attempts: number }) =>
    attempts > before.attempts + UNJUDGED_MIN &&
    lastEvidence?.detail.startsWith('no endpoint answers anybody, this worker included (sandbox: exit 7: ') === true;
  const away = await world.statusThat(healed, 'pods that nobody judges', isUnjudged);
  expect(await isReached()).toBe(0);
  const startedMs = Date.now();
  await sandbox.startPart('echo');
  const readyMs = Date.now();
  await world.untilDecided(healed);
  const marksMs = await world.marksMs(healed);

  const outcomes = await podOutcomesOf(world.heal(healed));
  const lives = await world.lives(healed.node);
  const verdictOf = (name: string) => {
    const outcome = outcomes.find(({ judgement }) => judgement.podName === name);
    return outcome?.judgement.source?.verdict ?? outcome?.kind;
  };
  const during = lives.filter(
    ({ createdMs, end }) => createdMs > killedMs && (end?.deletedMs ?? startedMs) < startedMs,
  );
  expect(during.length).toBeGreaterThanOrEqual(UNJUDGED_MIN);
  expect(during.map(({ name }) => verdictOf(name))).toEqual(during.map(() => 'echo-down'));
  const judged = outcomes.filter(({ kind }) => kind === 'judged');
  const counted = Object.values(await world.answers(SNAT_PROFILE, 'sandbox'));
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(judged.length);
  const after = lives.filter(({ createdMs }) => createdMs > readyMs);
  expect(after.length).toBeGreaterThanOrEqual(1);
  expect(after.map(({ name }) => verdictOf(name))).toEqual(after.map(() => 'proven'));

  // The same window, longer by what was lost.
  const windowStartMs = before.windowStartMs ?? 0;
  const movedMs = (away.windowEndMs ?? 0) - windowStartMs - SNAT_WINDOW_MS;
  expect([away.windowStartMs, movedMs > 0, movedMs <= SNAT_WINDOW_MS]).toEqual([windowStartMs, true, true]);
  expect(marksMs).toEqual([expect.any(Number)]);
  expect((marksMs[0] ?? 0) - windowStartMs).toBeGreaterThanOrEqual(SNAT_WINDOW_MS + movedMs);

  expect(longestOverlapMs(lives)).toBe(0);
  expect(lives.map(({ attempt }) => attempt)).toEqual(lives.map((_, index) => index + 1));
  expect(await podNames(sandbox, healed.node)).toEqual([]);
});
