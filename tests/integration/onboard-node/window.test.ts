/** What the pods of a window must show before a node is marked, with the real policy, run by the time-skipping server. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { healingStatus } from '../../../contracts/healing/signals-and-queries.ts';
import { type Harness, historyCost, MINUTE_MS, startHarness } from '../heal-node/harness.ts';
import { of } from '../heal-node/world.ts';
import { replay, withOnboarding } from './harness.ts';
import { echoDown, judged, REJECTED } from './world.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness?.env.teardown());

const CREATED = { createdMs: 1_234 };
/** For what takes several windows. */
const SHORT = { windowMs: 10 * MINUTE_MS };

test('E15, E40: a node whose pods are all proven is marked at the end of its window, by source-address', async () => {
  await withOnboarding(harness, {}, async ({ world, handle, result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 60, attempts: 60 });
    const [begun] = of(world.events, 'begin');
    const [annotated, ...more] = of(world.events, 'annotate');
    expect(more).toEqual([]);
    const elapsedMs = (annotated?.atMs ?? 0) - (begun?.atMs ?? 0);
    expect(elapsedMs).toBeGreaterThanOrEqual(30 * MINUTE_MS);
    expect(elapsedMs).toBeLessThan(31 * MINUTE_MS);
    expect(world.marks).toMatchObject([
      {
        evidence: '60 of 60 pods proved their network (evidence: source-address)',
        proof: { proven: 60, attempts: 60, evidence: 'source-address' },
      },
    ]);
    expect(world.marks[0]).not.toHaveProperty('refutedMs');
    expect(new Set(world.steps.map(({ profile }) => profile))).toEqual(new Set(['snat']));

    // E52: the events of one attempt.
    const cost = await historyCost(handle);
    expect(cost.perCycle).toHaveLength(59);
    expect(Math.max(...cost.perCycle)).toBeLessThanOrEqual(11);
    expect(cost.events).toBeLessThanOrEqual(700);
    expect(cost.bytes).toBeLessThanOrEqual(600_000);
    await replay(harness, handle);
  });
});

test('E9: each probe is told what the policy says, its number and that it is one of a heal', async () => {
  const policy = { windowMs: 2 * MINUTE_MS, endpoints: ['a', 'b'], require: 'any', patienceMs: 30_000 } as const;
  await withOnboarding(harness, { policy }, async ({ world, result }) => {
    await result();
    expect(world.probes.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    for (const probe of world.probes) {
      expect(probe).toMatchObject({
        node: { uid: 'uid-1' },
        probe: { endpoints: ['a', 'b'], require: 'any', patienceMs: 30_000 },
        purpose: 'heal',
        isAfterRejection: false,
      });
    }
  });
});

test('E15: a pod that is refuted at last extends the window, and the next proofs end it', async () => {
  const probes = (attempt: number) => (attempt === 60 ? judged('refuted', CREATED) : judged('proven'));
  await withOnboarding(harness, { script: { probes } }, async ({ world, result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed', attempts: 61 });
    expect(world.marks).toMatchObject([{ refutedMs: CREATED.createdMs }]);
  });
});

test('E15: pods that are refuted after all proofs, and then silent, never mark the node: it is unproven', async () => {
  const probes = (attempt: number) => {
    if (attempt < 59) return judged('proven');
    return attempt === 59 ? judged('refuted', CREATED) : judged('silent');
  };
  await withOnboarding(harness, { script: { probes } }, async ({ world, handle }) => {
    await harness.env.sleep(61 * MINUTE_MS);
    expect(await handle.query(healingStatus)).toMatchObject({
      state: 'unproven',
      podsProven: 58,
      lastEvidence: { source: { verdict: 'silent' } },
      lastRefuted: { verdict: 'refuted', by: 'node', ...CREATED },
    });
    expect(of(world.events, 'event').map(({ reason }) => reason)).toEqual(['HealingUnproven']);
    expect(world.marks).toEqual([]);
    await handle.terminate();
  });
});

test('E15: a node that shows its own address from minute 40 on is healed in the extension', async () => {
  const probes = (attempt: number) => judged(attempt <= 80 ? 'refuted' : 'proven', { createdMs: attempt });
  await withOnboarding(harness, { script: { probes } }, async ({ world, result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 3, attempts: 83 });
    expect(world.marks).toMatchObject([{ refutedMs: 80 }]);
  });
});

test('E13: an outage of all echoes moves the window by as much', async () => {
  const probes = (attempt: number) => (attempt > 10 && attempt <= 30 ? echoDown() : judged('proven'));
  await withOnboarding(harness, { script: { probes } }, async ({ world, result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 60, attempts: 80 });
    const [begun] = of(world.events, 'begin');
    const elapsedMs = (of(world.events, 'annotate')[0]?.atMs ?? 0) - (begun?.atMs ?? 0);
    expect(elapsedMs).toBeGreaterThanOrEqual(40 * MINUTE_MS);
    expect(elapsedMs).toBeLessThan(41 * MINUTE_MS);
  });
});

test('E13: echoes that never come back move the window by its own length only; then the heal is unproven', async () => {
  await withOnboarding(harness, { policy: SHORT, script: { probes: () => echoDown() } }, async ({ world, handle }) => {
    await harness.env.sleep(29 * MINUTE_MS);
    expect(await handle.query(healingStatus)).toMatchObject({ state: 'healing', podsProven: 0 });
    await harness.env.sleep(2 * MINUTE_MS);
    expect(await handle.query(healingStatus)).toMatchObject({ state: 'unproven' });
    expect(world.marks).toEqual([]);
    await handle.terminate();
  });
});

test('E14: with the fall-back the sandboxes of a window without any answer mark the node, and the mark says so', async () => {
  const policy = { ...SHORT, fallback: 'sandbox' } as const;
  await withOnboarding(harness, { policy, script: { probes: () => echoDown() } }, async ({ world, result }) => {
    const { outcome, detail } = await result();
    expect([outcome, detail]).toEqual([
      'healed',
      expect.stringContaining('(evidence: sandbox (no endpoint answered))'),
    ]);
    expect(world.marks).toMatchObject([
      { evidence: detail, proof: { evidence: 'sandbox (no endpoint answered)', proven: 40, attempts: 40 } },
    ]);
    // The window was moved by its own length.
    const [begun] = of(world.events, 'begin');
    expect((of(world.events, 'annotate')[0]?.atMs ?? 0) - (begun?.atMs ?? 0)).toBeGreaterThanOrEqual(20 * MINUTE_MS);
  });
});

test('E14: one answer in the window is enough that sandboxes decide nothing', async () => {
  const probes = (attempt: number) => (attempt === 7 ? judged('refuted') : echoDown());
  const policy = { ...SHORT, fallback: 'sandbox' } as const;
  await withOnboarding(harness, { policy, script: { probes } }, async ({ world, handle }) => {
    await harness.env.sleep(32 * MINUTE_MS);
    expect(await handle.query(healingStatus)).toMatchObject({ state: 'unproven' });
    expect(world.marks).toEqual([]);
    await handle.terminate();
  });
});

test.each([
  [9, 'healed'],
  [10, 'stalled'],
])('H11: %i rejected probes in a row end as %s; the one after a rejection knows it', async (rejected, expected) => {
  const isRejected = (attempt: number) => attempt > 5 && attempt <= 5 + rejected;
  const probes = (attempt: number) => (isRejected(attempt) ? REJECTED : judged('proven'));
  await withOnboarding(harness, { script: { probes } }, async ({ world, handle }) => {
    await harness.env.sleep(31 * MINUTE_MS);
    const after = world.probes.filter(({ isAfterRejection }) => isAfterRejection).map(({ attempt }) => attempt);
    if (expected === 'stalled') {
      expect(await handle.query(healingStatus)).toMatchObject({ state: 'stalled', lastError: 'exceeded quota: pods' });
      expect(of(world.events, 'event').map(({ reason }) => reason)).toEqual(['HealingStalled']);
      expect(after).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15]);
      await handle.terminate();
    } else {
      expect(await handle.result()).toMatchObject({ outcome: 'healed' });
      expect(after).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15]);
    }
  });
});

test('H11, E10: probes that take their whole patience move no window, and the next is made at once', async () => {
  // A pod is waited for in the time of the test: longer would be a worker that sends no heartbeat.
  const policy = { windowMs: 2 * MINUTE_MS, intervalMs: 3_000, patienceMs: 7_000 };
  const whileWaiting = async () => harness.env.sleep(policy.patienceMs);
  await withOnboarding(harness, { policy, script: { whileWaiting } }, async ({ world, result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed' });
    const [begun] = of(world.events, 'begin');
    const attempts = of(world.events, 'attempt').map(({ atMs }) => atMs);
    const gaps = attempts.slice(1).map((atMs, index) => atMs - (attempts[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(policy.patienceMs + policy.intervalMs);
    const elapsedMs = (of(world.events, 'annotate')[0]?.atMs ?? 0) - (begun?.atMs ?? 0);
    expect(elapsedMs).toBeGreaterThanOrEqual(policy.windowMs);
    expect(elapsedMs).toBeLessThan(policy.windowMs + 2 * policy.patienceMs);
  });
});
