/** A heal goes on in the same run after its mark: it watches, takes the mark back, and answers as before (E21 to E27, E47). */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { HealingStatus } from '../../../contracts/healing/heal-node.ts';
import type { OnboardingPolicy } from '../../../contracts/healing/onboard-node.ts';
import { healingStatus, nodeChanged, restartHealing } from '../../../contracts/healing/signals-and-queries.ts';
import { VIGILANTE_STATE } from '../../../contracts/search-attributes.ts';
import { nodeUid } from '../../fixtures/nodes.ts';
import { type Harness, MINUTE_MS, startHarness } from '../heal-node/harness.ts';
import { nodeFacts, of, present } from '../heal-node/world.ts';
import { type Onboarding, replay, withOnboarding } from './harness.ts';
import { echoDown, judged } from './world.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness?.env.teardown());

const WATCH = {
  watch: 'window',
  intervalMs: 5 * MINUTE_MS,
  intervalLaterMs: 60 * MINUTE_MS,
  refutedInARow: 2,
} as const;
const POLICY = {
  early: { proofsInARow: 2, proofsOverMs: 10_000, intervalFirstMs: 5_000 },
  relapse: WATCH,
} satisfies Partial<OnboardingPolicy>;
const ALWAYS = { ...POLICY, relapse: { ...WATCH, watch: 'always' } } satisfies Partial<OnboardingPolicy>;

const statusOf = async ({ handle }: Onboarding): Promise<HealingStatus> => handle.query(healingStatus);
const markTimes = ({ world }: Onboarding) => of(world.events, 'annotate').map(({ atMs }) => atMs);

test('E22, E47: a marked node is watched until its window ends, in the same run; then the heal has ended as healed', async () => {
  await withOnboarding(harness, { policy: POLICY }, async (onboarding) => {
    const { world, handle, result } = onboarding;
    await harness.env.sleep(2 * MINUTE_MS);
    const status = await statusOf(onboarding);
    expect(status).toMatchObject({ state: 'watching', streak: { proofs: 2, needed: 2 }, relapses: 0, mark: 'proven' });
    expect(status.watch?.untilMs).toBe(status.windowEndMs);
    const { typedSearchAttributes } = await handle.describe();
    expect(typedSearchAttributes.get(VIGILANTE_STATE)).toBe('watching');
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 2, attempts: 7 });
    expect(world.probes.map(({ isWatch }) => isWatch ?? false)).toEqual([false, false, true, true, true, true, true]);
    expect(world.relapses).toEqual([]);
    await replay(harness, handle);
  });
});

test('E22: without a watch the heal ends with its mark', async () => {
  const { relapse: _, ...policy } = POLICY;
  await withOnboarding(harness, { policy }, async ({ result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed', attempts: 2 });
  });
});

test('E23: two pods in a row with the address of the node take the mark back, and the node is healed again', async () => {
  const probes = (attempt: number) => judged(attempt === 4 || attempt === 5 ? 'refuted' : 'proven');
  await withOnboarding(harness, { policy: POLICY, script: { probes } }, async (onboarding) => {
    const { world, handle, result } = onboarding;
    expect(await result()).toMatchObject({ outcome: 'healed' });
    expect(world.relapses).toMatchObject([{ node: { uid: 'uid-1' }, isBrakeReported: false }]);
    const [first = 0, second = 0, ...more] = markTimes(onboarding);
    expect(more).toEqual([]);
    // Three intervals to the second refutation, then two proofs.
    expect(second - first).toBeLessThan(16 * MINUTE_MS);
    await replay(harness, handle);
  });
});

test.each(['silent', 'other', 'echo-down'] as const)('E24: pods that are %s never take the mark back', async (what) => {
  const outcomes = {
    silent: judged('silent'),
    other: judged('refuted', { by: 'other' }),
    'echo-down': echoDown(),
  };
  const probes = (attempt: number) => (attempt <= 2 ? judged('proven') : outcomes[what]);
  await withOnboarding(harness, { policy: POLICY, script: { probes } }, async ({ world, result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed' });
    expect(world.relapses).toEqual([]);
  });
});

test('E25: a mark that the brake keeps is tried again at the next attempt, and the storm ends by itself', async () => {
  const probes = (attempt: number) => judged(attempt > 2 && attempt < 7 ? 'refuted' : 'proven');
  let storms = 2;
  const isBraked = () => {
    storms -= 1;
    return storms >= 0;
  };
  await withOnboarding(harness, { policy: POLICY, script: { probes, isBraked } }, async (onboarding) => {
    await onboarding.result();
    expect(onboarding.world.relapses.map(({ isBrakeReported }) => isBrakeReported)).toEqual([false, true, true]);
    expect(markTimes(onboarding)).toHaveLength(2);
  });
});

test('E22: a watch without end goes on after the window, more seldom', async () => {
  await withOnboarding(harness, { policy: ALWAYS }, async (onboarding) => {
    await harness.env.sleep(4 * 60 * MINUTE_MS);
    expect(await statusOf(onboarding)).toMatchObject({ state: 'watching', watch: { untilMs: null } });
    const { probes } = onboarding.world;
    expect(probes.length).toBeGreaterThanOrEqual(2 + 6 + 3);
    expect(probes.length).toBeLessThanOrEqual(2 + 6 + 4);
    await replay(harness, onboarding.handle);
    await onboarding.handle.terminate();
  });
});

test('E22: a heal that begins on a marked node watches it, where nodes are watched without end', async () => {
  const prepare = (world: Onboarding['world']) => {
    world.node = present({ healed: true, mark: 'proven', markedMs: 0 });
  };
  await withOnboarding(harness, { policy: ALWAYS, prepare }, async (onboarding) => {
    await harness.env.sleep(10 * MINUTE_MS);
    expect(await statusOf(onboarding)).toMatchObject({ state: 'watching', watch: { markedMs: 0 } });
    expect(onboarding.world.probes[0]).toMatchObject({ isWatch: true });
    expect(markTimes(onboarding)).toEqual([]);
    await onboarding.handle.terminate();
  });
  await withOnboarding(harness, { policy: POLICY, prepare }, async ({ result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed-elsewhere' });
  });
});

test('E27: restart, and a mark that others take away, begin a new window while watching', async () => {
  await withOnboarding(harness, { policy: POLICY }, async (onboarding) => {
    const { world, handle, result } = onboarding;
    await harness.env.sleep(7 * MINUTE_MS);
    await handle.signal(restartHealing, { reason: 'new conflist' });
    await harness.env.sleep(2 * MINUTE_MS);
    expect(markTimes(onboarding)).toHaveLength(2);
    world.node = present({ healed: false });
    await handle.signal(nodeChanged, { kind: 'present', facts: nodeFacts({ healed: false }) });
    await result();
    expect(markTimes(onboarding)).toHaveLength(3);
    expect(of(world.events, 'begin').map(({ resetAnnotation }) => resetAnnotation)).toEqual([false, true, true]);
  });
});

test('E27: a signal from before the mark changes nothing', async () => {
  await withOnboarding(harness, { policy: POLICY }, async (onboarding) => {
    await harness.env.sleep(2 * MINUTE_MS);
    await onboarding.handle.signal(nodeChanged, { kind: 'present', facts: nodeFacts({ healed: false }) });
    await onboarding.result();
    expect(markTimes(onboarding)).toHaveLength(1);
    expect(of(onboarding.world.events, 'begin')).toHaveLength(1);
  });
});

test.each([
  ['is switched off', present({ healed: true, disabled: true }), 'disabled'],
  ['is deleted', { kind: 'gone' } as const, 'node-gone'],
])('E27: the watch of a node that %s ends', async (_title, node, outcome) => {
  await withOnboarding(harness, { policy: ALWAYS }, async ({ world, handle, result }) => {
    await harness.env.sleep(2 * MINUTE_MS);
    world.node = node;
    await handle.signal(nodeChanged, node);
    expect(await result()).toMatchObject({ outcome });
  });
});

test('E27: cancelling a watch removes the pods and switches the node off', async () => {
  await withOnboarding(harness, { policy: ALWAYS }, async ({ world, handle, result }) => {
    await harness.env.sleep(2 * MINUTE_MS);
    await handle.cancel();
    await expect(result()).rejects.toThrow();
    expect(of(world.events, 'clean-up')).toHaveLength(1);
  });
});

test('E27: a node of another uid is healed by a new run', async () => {
  await withOnboarding(harness, { policy: ALWAYS }, async (onboarding) => {
    const { world, handle } = onboarding;
    await harness.env.sleep(2 * MINUTE_MS);
    world.node = present({ uid: nodeUid('uid-2'), uidText: 'uid-2' });
    await handle.signal(nodeChanged, { kind: 'present', facts: nodeFacts({ uidText: 'uid-2' }) });
    await harness.env.sleep(2 * MINUTE_MS);
    const latest = harness.env.client.workflow.getHandle(handle.workflowId);
    expect(await latest.query(healingStatus)).toMatchObject({ state: 'watching', nodeUid: 'uid-2' });
    expect(of(world.events, 'annotate').map(({ uid }) => uid)).toEqual(['uid-1', 'uid-2']);
    await latest.terminate();
  });
});

test('E21: a hint that is signalled makes an attempt at once', async () => {
  const probes = () => judged('refuted');
  const { relapse: _, ...policy } = POLICY;
  await withOnboarding(harness, { policy, script: { probes } }, async ({ world, handle }) => {
    await harness.env.sleep(15 * MINUTE_MS);
    const before = world.probes.length;
    await handle.signal(nodeChanged, { kind: 'present', facts: nodeFacts({ hint: '2' }) });
    await harness.env.sleep(1_000);
    expect(world.probes.length).toBe(before + 1);
    await harness.env.sleep(6_000);
    expect(world.probes.length).toBe(before + 2);
    await handle.terminate();
  });
});
