/** Every heal has an end: on the real time-skipping server, with nodes that never keep still. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { healingStatus, nodeChanged } from '../../../contracts/healing/signals-and-queries.ts';
import { REOPENINGS_MAX } from '../../../domain/healing/bounds.ts';
import { type Harness, historyCost, MINUTE_MS, startHarness, withHeal } from './harness.ts';
import { of, present, type World } from './world.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness.env.teardown());

/** Changes the node before each attempt. */
function beforeAttempts(world: World, change: (attempt: number) => void): void {
  const { attemptPod } = world.activities;
  const changed: typeof attemptPod = async (input) => {
    change(input.attempt);
    return attemptPod(input);
  };
  Object.assign(world.activities, { attemptPod: changed });
}

test('H8: a node whose time of the last change to Ready moves with each heartbeat is healed in its window', async () => {
  const prepare = (world: World) =>
    beforeAttempts(world, (attempt) => {
      world.node = present({ readyChangedMs: 1_000 * attempt });
    });
  await withHeal(harness, { prepare }, async ({ handle, result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed', attempts: expect.any(Number) });
    const { attempts } = await result();
    expect(attempts).toBeLessThanOrEqual(65);
    expect((await historyCost(handle)).events).toBeLessThan(900);
  });
});

test('H8: what pods proved on another machine does not count: the window begins again', async () => {
  let replacedMs = 0;
  const prepare = (world: World) => {
    world.node = present({ boot: 'boot-1' });
    beforeAttempts(world, () => {
      if (replacedMs > 0) world.node = present({ boot: 'boot-2' });
    });
  };
  await withHeal(harness, { prepare }, async ({ world, result }) => {
    await harness.env.sleep(20 * MINUTE_MS);
    replacedMs = await harness.env.currentTimeMs();
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 60 });
    expect((of(world.events, 'annotate')[0]?.atMs ?? 0) - replacedMs).toBeGreaterThanOrEqual(30 * MINUTE_MS);
  });
});

test('H8, H12: a node that is NotReady again and again ends as unproven, rests, and is healed by the retry', async () => {
  await withHeal(harness, {}, async ({ world, handle, result }) => {
    const tell = async (change: Parameters<typeof present>[0]) => {
      world.node = present(change);
      await handle.signal(nodeChanged, world.node);
    };
    for (let flap = 1; flap <= REOPENINGS_MAX + 1; flap += 1) {
      await tell({ ready: false, readyChangedMs: 10 * flap });
      await harness.env.sleep(MINUTE_MS);
      await tell({ readyChangedMs: 10 * flap + 5 });
      await harness.env.sleep(MINUTE_MS);
    }
    expect(await handle.query(healingStatus)).toMatchObject({ state: 'unproven' });
    const attempts = of(world.events, 'attempt').length;
    for (let flap = 1; flap <= 5; flap += 1) {
      await tell({ ready: false, readyChangedMs: 1_000 + 10 * flap });
      await tell({ readyChangedMs: 1_005 + 10 * flap });
      await harness.env.sleep(MINUTE_MS);
    }
    expect(of(world.events, 'attempt')).toHaveLength(attempts);
    expect(of(world.events, 'event').map(({ reason }) => reason)).toEqual(['HealingUnproven']);
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 60 });
  });
});

test('H7: a node that somebody writes all the time is marked when that ends, in a history that stays small', async () => {
  let conflicts = 0;
  const prepare = (world: World) => {
    const { annotateNode } = world.activities;
    const contested: typeof annotateNode = async (input) => {
      if (conflicts >= 30) return annotateNode(input);
      conflicts += 1;
      return { kind: 'node-changed' };
    };
    Object.assign(world.activities, { annotateNode: contested });
  };
  await withHeal(harness, { prepare, policy: { windowMs: 2 * MINUTE_MS } }, async ({ handle, result }) => {
    expect(await result()).toMatchObject({ outcome: expect.stringMatching(/healed/) });
    const { timers } = await historyCost(handle);
    expect(timers).toBeGreaterThanOrEqual(conflicts / 3);
  });
});
