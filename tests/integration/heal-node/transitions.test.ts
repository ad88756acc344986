/** What happens to a heal when its node, its operator or the API server does something. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { healingStatus, nodeChanged, restartHealing } from '../../../contracts/healing/signals-and-queries.ts';
import { type Harness, historyCost, MINUTE_MS, startHarness, withHeal } from './harness.ts';
import { of, present } from './world.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness?.env.teardown());

test('H8: NotReady in the middle stops the attempts, and a full new window begins when the node is Ready', async () => {
  await withHeal(harness, {}, async ({ world, handle, result }) => {
    await harness.env.sleep(15 * MINUTE_MS);
    world.node = present({ ready: false });
    await handle.signal(nodeChanged, world.node);
    const awayMs = await harness.env.currentTimeMs();
    await harness.env.sleep(10 * MINUTE_MS);
    expect(await handle.query(healingStatus)).toMatchObject({ state: 'waiting-for-ready' });
    world.node = present({ readyChangedMs: 99 });
    await handle.signal(nodeChanged, world.node);
    const backMs = await harness.env.currentTimeMs();
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 60 });
    expect(of(world.events, 'attempt').filter(({ atMs }) => atMs > awayMs && atMs < backMs)).toEqual([]);
    expect((of(world.events, 'annotate')[0]?.atMs ?? 0) - backMs).toBeGreaterThanOrEqual(30 * MINUTE_MS - 1_000);
  });
});

test('H8: a heal that waits for Ready reads the node by itself where no signal arrives', async () => {
  const prepare = (world: { node: unknown }) => {
    world.node = present({ ready: false });
  };
  await withHeal(harness, { prepare }, async ({ world, result }) => {
    await harness.env.sleep(10 * MINUTE_MS);
    expect(of(world.events, 'attempt')).toEqual([]);
    world.node = present();
    expect(await result()).toMatchObject({ outcome: 'healed' });
  });
});

test('H2: a repeated nodeChanged changes nothing', async () => {
  await withHeal(harness, {}, async ({ world, handle }) => {
    await harness.env.sleep(5 * MINUTE_MS + 10_000);
    const before = await handle.query(healingStatus);
    const timers = (await historyCost(handle)).timers;
    for (let repeat = 0; repeat < 3; repeat += 1) await handle.signal(nodeChanged, present());
    expect(await handle.query(healingStatus)).toEqual(before);
    expect((await historyCost(handle)).timers).toBe(timers);
    expect(of(world.events, 'attempt').length).toBeGreaterThan(0);
    await handle.terminate();
  });
});

test('H9: a node that was deleted ends the heal as node-gone, its pod removed', async () => {
  await withHeal(harness, {}, async ({ world, handle, result }) => {
    await harness.env.sleep(5 * MINUTE_MS);
    world.node = { kind: 'gone' };
    await handle.signal(nodeChanged, world.node);
    expect(await result()).toMatchObject({ outcome: 'node-gone' });
    expect(of(world.events, 'conclude')).toHaveLength(1);
    expect(of(world.events, 'annotate')).toEqual([]);
  });
});

test('H9: the same name with a new uid continues as new for the new node', async () => {
  await withHeal(harness, {}, async ({ world, handle, result }) => {
    await harness.env.sleep(20 * MINUTE_MS);
    world.node = present({ uidText: 'uid-2' });
    await handle.signal(nodeChanged, world.node);
    const replacedMs = await harness.env.currentTimeMs();
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 60 });
    const annotations = of(world.events, 'annotate');
    expect(annotations.map(({ uid }) => uid)).toEqual(['uid-2']);
    expect((annotations[0]?.atMs ?? 0) - replacedMs).toBeGreaterThanOrEqual(30 * MINUTE_MS - 1_000);
    expect(of(world.events, 'begin')).toHaveLength(2);
  });
});

test('H10: an annotation set by someone else ends the heal as healed-elsewhere, without an annotation of ours', async () => {
  await withHeal(harness, {}, async ({ world, handle, result }) => {
    await harness.env.sleep(5 * MINUTE_MS);
    world.node = present({ healed: true });
    await handle.signal(nodeChanged, world.node);
    expect(await result()).toMatchObject({ outcome: 'healed-elsewhere' });
    expect(of(world.events, 'annotate')).toEqual([]);
    expect(of(world.events, 'conclude')).toHaveLength(1);
  });
});

test.each([
  ['no-proof', true],
  ['proven', false],
  [undefined, false],
] as const)('H10: a mark that is %s ends the heal with how far it was; with an Event: %s', async (mark, isReported) => {
  await withHeal(harness, {}, async ({ world, handle, result }) => {
    await harness.env.sleep(4 * MINUTE_MS + 45_000);
    world.node = present({ healed: true, ...(mark === undefined ? {} : { mark }) });
    await handle.signal(nodeChanged, present({ healed: true }));
    const { outcome, detail } = await result();
    expect([outcome, detail]).toEqual(['healed-elsewhere', expect.stringMatching(/; \d+ of \d+ pods had proved/)]);
    expect(of(world.events, 'conclude').map((event) => event.elsewhere)).toEqual([isReported ? detail : null]);
  });
});

test('H10: a signal that the API server does not confirm does not end the heal', async () => {
  await withHeal(harness, {}, async ({ handle, result }) => {
    await harness.env.sleep(5 * MINUTE_MS);
    await handle.signal(nodeChanged, present({ healed: true }));
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 60 });
  });
});

test('H11: an API server that is away for five minutes extends the window by as much and is no error', async () => {
  let away = { fromMs: Number.POSITIVE_INFINITY, untilMs: 0 };
  const isAway = (nowMs: number) => nowMs >= away.fromMs && nowMs < away.untilMs;
  await withHeal(harness, { script: { isAway } }, async ({ world, handle, result }) => {
    const startMs = await harness.env.currentTimeMs();
    away = { fromMs: startMs + 10 * MINUTE_MS, untilMs: startMs + 15 * MINUTE_MS };
    await harness.env.sleep(16 * MINUTE_MS);
    expect(await handle.query(healingStatus)).toMatchObject({ state: 'healing', rejectedInARow: 0, lastError: null });
    expect(await result()).toMatchObject({ outcome: 'healed' });
    const elapsedMs = (of(world.events, 'annotate')[0]?.atMs ?? 0) - startMs;
    expect(elapsedMs).toBeGreaterThanOrEqual(34 * MINUTE_MS);
    expect(elapsedMs).toBeLessThanOrEqual(37 * MINUTE_MS);
  });
});

test('H12, H13: a stalled heal is brought back by restartHealing, with its errors cleared', async () => {
  const script = { rejects: (attempt: number) => attempt <= 10 };
  await withHeal(harness, { script }, async ({ world, handle, result }) => {
    await harness.env.sleep(10 * MINUTE_MS);
    expect(await handle.query(healingStatus)).toMatchObject({ state: 'stalled', rejectedInARow: 10 });
    await handle.signal(restartHealing, {});
    expect(await result()).toMatchObject({ outcome: 'healed', attempts: 70 });
    expect(of(world.events, 'begin').map(({ resetAnnotation }) => resetAnnotation)).toEqual([false, true]);
  });
});

test('H12: a stalled heal tries again by itself after the slow retry', async () => {
  const script = { rejects: (attempt: number) => attempt <= 10 };
  await withHeal(harness, { script }, async ({ world, result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed' });
    const attempts = of(world.events, 'attempt');
    expect((attempts[10]?.atMs ?? 0) - (attempts[9]?.atMs ?? 0)).toBeGreaterThanOrEqual(60 * MINUTE_MS);
  });
});

test('H14: a cancellation cleans up once and ends as cancelled', async () => {
  await withHeal(harness, {}, async ({ world, handle, result }) => {
    await harness.env.sleep(5 * MINUTE_MS);
    await handle.cancel();
    await expect(result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(of(world.events, 'clean-up')).toHaveLength(1);
    expect(of(world.events, 'annotate')).toEqual([]);
  });
});

test('rubbish in a signal is ignored, rubbish in the input fails with the key and what is allowed', async () => {
  await withHeal(harness, {}, async ({ handle, result }) => {
    await handle.signal(nodeChanged.name, { kind: 'present', facts: { name: 7 } });
    await handle.signal(restartHealing.name, 'now!');
    expect(await result()).toMatchObject({ outcome: 'healed' });
    const wrong = await harness.env.client.workflow.start('healNode', {
      workflowId: `${handle.workflowId}-wrong`,
      taskQueue: handle.workflowId.replace('heal-node', 'vigilante').split('/').slice(0, 2).join('/'),
      args: [{ cluster: 'c', node: 'Not A Node', policy: {} }],
    });
    await expect(wrong.result()).rejects.toMatchObject({
      cause: {
        type: 'InvalidInput',
        message: expect.stringContaining('input.policy.windowMs: expected a whole number from'),
      },
    });
  });
});
