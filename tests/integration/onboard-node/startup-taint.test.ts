/** The cap of a startup taint, kept by a timer of the heal whatever its pods do, run by the time-skipping server (E29). */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { healingStatus, restartHealing } from '../../../contracts/healing/signals-and-queries.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { type Harness, MINUTE_MS, startHarness } from '../heal-node/harness.ts';
import { of, present } from '../heal-node/world.ts';
import { type Onboarding, replay, type SceneOptions, withOnboarding } from './harness.ts';
import { echoDown, judged, type OnboardingWorld } from './world.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness?.env.teardown());

const TAINT = { capMs: 8 * MINUTE_MS, onTimeout: 'remove' } as const;
const LATE_MS = 5_000;
/** The cap is due so long after the heal began. */
const SOON_MS = 3_000;
const WAIT_MS = 60_000;

/** A heal of a node that was created so long ago. */
async function onTaintedNode(
  options: SceneOptions & { readonly ageMs?: number; readonly onTimeout?: 'remove' | 'keep' },
  body: (onboarding: Onboarding, createdMs: number) => Promise<void>,
): Promise<void> {
  const { ageMs = 0, onTimeout = 'remove', ...scene } = options;
  let createdMs = 0;
  await withOnboarding(
    harness,
    {
      ...scene,
      policy: { taint: { ...TAINT, onTimeout } },
      async prepare(world) {
        createdMs = (await harness.env.currentTimeMs()) - ageMs;
        world.node = present({ createdMs, tainted: true });
      },
    },
    async (onboarding) => body(onboarding, createdMs),
  );
}

test('E29: where the window goes on beyond the cap the taint is removed without the mark, once, and the heal ends as ever', async () => {
  await onTaintedNode({}, async ({ world, handle, result }, createdMs) => {
    expect(await result()).toMatchObject({ outcome: 'healed', attempts: 60 });
    expect(world.caps).toMatchObject([{ node: { uid: 'uid-1' }, ...TAINT }]);
    const afterMs = (world.caps[0]?.atMs ?? 0) - createdMs;
    expect(afterMs).toBeGreaterThanOrEqual(TAINT.capMs);
    expect(afterMs).toBeLessThan(TAINT.capMs + LATE_MS);
    expect(world.steps).toContainEqual({ name: 'capTaint', profile: 'snat' });
    await replay(harness, handle);
  });
});

test('E29, E53: the cap comes while a pod is waited for', async () => {
  const capsMeanwhile: number[] = [];
  const script = (world: () => OnboardingWorld) => ({
    async whileWaiting(attempt: number) {
      if (attempt > 1) return;
      // No time is skipped while an activity runs.
      await waitUntil(() => world().caps.length > 0, { what: 'the cap', timeoutMs: WAIT_MS });
      capsMeanwhile.push(world().caps.length);
    },
  });
  await onTaintedNode({ ageMs: TAINT.capMs - SOON_MS, script }, async ({ handle, result }) => {
    await result();
    expect(capsMeanwhile[0]).toBe(1);
    await replay(harness, handle);
  });
});

test('E29: an outage of the echoes moves the window, and not the cap', async () => {
  const script = { probes: (attempt: number) => (attempt < 40 ? echoDown() : judged('proven')) };
  await onTaintedNode({ script }, async ({ world, result }, createdMs) => {
    await result();
    expect((world.caps[0]?.atMs ?? 0) - createdMs).toBeLessThan(TAINT.capMs + LATE_MS);
  });
});

test('E29: a heal that starts after the cap keeps it at once', async () => {
  await onTaintedNode({ ageMs: 60 * MINUTE_MS }, async ({ world, result }) => {
    await result();
    const [begun] = of(world.events, 'begin');
    expect(world.caps).toHaveLength(1);
    expect((world.caps[0]?.atMs ?? 0) - (begun?.atMs ?? 0)).toBeLessThan(LATE_MS);
  });
});

test('E29: the status shows the time that is left, and what became of the taint', async () => {
  await onTaintedNode({ onTimeout: 'keep' }, async ({ handle, result }, createdMs) => {
    await harness.env.sleep(MINUTE_MS);
    const capAtMs = createdMs + TAINT.capMs;
    expect((await handle.query(healingStatus)).taint).toEqual({ tainted: true, capAtMs, capped: null });
    await harness.env.sleep(TAINT.capMs);
    expect((await handle.query(healingStatus)).taint).toMatchObject({ capAtMs, capped: 'kept' });
    await result();
  });
});

test('E29: a restart does not keep the cap again', async () => {
  await onTaintedNode({}, async ({ world, handle, result }) => {
    await harness.env.sleep(10 * MINUTE_MS);
    await handle.signal(restartHealing, { reason: 'again' });
    await result();
    expect(world.caps).toHaveLength(1);
    expect(of(world.events, 'begin')).toHaveLength(2);
  });
});

test('E27: a heal that is cancelled before the cap leaves the taint as it is', async () => {
  await onTaintedNode({}, async ({ world, handle, result }) => {
    await harness.env.sleep(2 * MINUTE_MS);
    await handle.cancel();
    await expect(result()).rejects.toThrow();
    expect(world.caps).toEqual([]);
    await replay(harness, handle);
  });
});
