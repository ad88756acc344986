/** The real policy of 30 minutes at 30 seconds, run by the time-skipping server. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { healingStatus, restartHealing } from '../../../contracts/healing/signals-and-queries.ts';
import { type Harness, historyCost, MINUTE_MS, startHarness, withHeal } from './harness.ts';
import { of } from './world.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness?.env.teardown());

test('H6, H7: a proving node gets 60 attempts in 30 minutes, then one annotation that carries its uid', async () => {
  await withHeal(harness, {}, async ({ world, handle, result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 60 });
    const attempts = of(world.events, 'attempt');
    expect(Math.abs(attempts.length - 60)).toBeLessThanOrEqual(1);
    const annotations = of(world.events, 'annotate');
    expect(annotations.map(({ uid }) => uid)).toEqual(['uid-1']);
    const [begun] = of(world.events, 'begin');
    const elapsedMs = (annotations[0]?.atMs ?? 0) - (begun?.atMs ?? 0);
    expect(elapsedMs).toBeGreaterThanOrEqual(30 * MINUTE_MS);
    expect(elapsedMs).toBeLessThan(31 * MINUTE_MS);
    expect(of(world.events, 'conclude').map(({ previous }) => previous)).toEqual([attempts.length]);

    const cost = await historyCost(handle);
    expect(cost.events).toBeLessThanOrEqual(700);
    expect(cost.bytes).toBeLessThanOrEqual(500_000);
    expect(cost.perCycle).toHaveLength(59);
    expect(Math.max(...cost.perCycle)).toBeLessThanOrEqual(11);
  });
});

test('H3: each attempt hands its pod to the next one to be judged', async () => {
  await withHeal(harness, {}, async ({ world, result }) => {
    await result();
    const attempts = of(world.events, 'attempt');
    expect(attempts.map(({ previous }) => previous)).toEqual([
      null,
      ...attempts.slice(0, -1).map(({ attempt }) => attempt),
    ]);
  });
});

test('H6, H12: proofs that end early extend the window to twice its length, then the heal is unproven', async () => {
  await withHeal(harness, { script: { evidence: (attempt) => (attempt <= 40 ? 2 : 0) } }, async ({ world, handle }) => {
    await harness.env.sleep(61 * MINUTE_MS);
    const status = await handle.query(healingStatus);
    expect(status).toMatchObject({ state: 'unproven', podsProven: 40 });
    expect(of(world.events, 'annotate')).toEqual([]);
    expect(of(world.events, 'event').map(({ reason }) => reason)).toEqual(['HealingUnproven']);
    expect(Math.abs(of(world.events, 'attempt').length - 120)).toBeLessThanOrEqual(1);
    expect((await historyCost(handle)).events).toBeLessThanOrEqual(1_350);
    await handle.terminate();
  });
});

test('H6: a cure that comes late heals in the extension, three proofs after it', async () => {
  await withHeal(harness, { script: { evidence: (attempt) => (attempt <= 80 ? 0 : 2) } }, async ({ world, result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 4 });
    expect(of(world.events, 'attempt').length).toBe(84);
  });
});

test.each([
  [9, 'healed'],
  [10, 'stalled'],
  [11, 'stalled'],
])('H11: %i rejected attempts in a row end as %s', async (rejected, expected) => {
  const script = { rejects: (attempt: number) => attempt > 5 && attempt <= 5 + rejected };
  await withHeal(harness, { script }, async ({ world, handle }) => {
    await harness.env.sleep(31 * MINUTE_MS);
    const status = await handle.query(healingStatus);
    if (expected === 'stalled') {
      expect(status).toMatchObject({ state: 'stalled', lastError: 'exceeded quota: pods' });
      expect(of(world.events, 'event').map(({ reason }) => reason)).toEqual(['HealingStalled']);
      expect(of(world.events, 'annotate')).toEqual([]);
      await handle.terminate();
    } else {
      expect(await handle.result()).toMatchObject({ outcome: 'healed' });
    }
  });
});

test('H13: a restart at minute 29:59 sets the annotation to false and runs a full new window', async () => {
  await withHeal(harness, {}, async ({ world, handle, result }) => {
    await harness.env.sleep(30 * MINUTE_MS - 1_000);
    const restartedMs = await harness.env.currentTimeMs();
    await handle.signal(restartHealing, { reason: 'new conflist' });
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 60 });
    expect(of(world.events, 'begin').map(({ resetAnnotation }) => resetAnnotation)).toEqual([false, true]);
    const [annotation, ...more] = of(world.events, 'annotate');
    expect(more).toEqual([]);
    expect((annotation?.atMs ?? 0) - restartedMs).toBeGreaterThanOrEqual(30 * MINUTE_MS);
  });
});
