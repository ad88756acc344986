/** What comes between two steps of a heal: a node replaced, a signal, a cache that lags; and on which queue steps wait. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { podTaskQueue } from '../../../contracts/healing/names.ts';
import { nodeChanged, restartHealing } from '../../../contracts/healing/signals-and-queries.ts';
import { taskQueue } from '../../../contracts/names.ts';
import { type Harness, MINUTE_MS, startHarness, withHeal } from './harness.ts';
import { of, present, type World } from './world.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness?.env.teardown());

/** Runs `then` each time after an activity has done its part, before its result reaches the heal. */
function after(world: World, name: 'concludeHealing' | 'annotateNode', then: () => Promise<void> | void): void {
  const { activities } = world;
  const original = activities[name].bind(activities) as (input: never) => Promise<never>;
  Object.assign(activities, {
    [name]: async (input: never) => {
      const result = await original(input);
      await then();
      return result;
    },
  });
}

test.each([
  ['deleted', 'node-gone', { kind: 'gone' } as const],
  ['marked by someone else', 'healed-elsewhere', present({ healed: true })],
])(
  'H7, H9, H10: a node %s after its last pod was judged ends the heal as %s, without an annotation of ours',
  async (_how, outcome, later) => {
    const prepare = (world: World) =>
      after(world, 'concludeHealing', () => {
        world.node = later;
      });
    await withHeal(harness, { prepare }, async ({ world, result }) => {
      expect(await result()).toMatchObject({ outcome });
      expect(of(world.events, 'annotate')).toEqual([]);
    });
  },
);

test('H7, H8: a node that was NotReady for a moment, which no cache shows, is not annotated before a whole new window', async () => {
  const windowMs = 2 * MINUTE_MS;
  const prepare = (world: World) => {
    const { attemptPod } = world.activities;
    const before = world.node;
    const lagging: typeof attemptPod = async (input) => {
      if (input.attempt === 3) world.node = present({ readyChangedMs: 9 });
      const result = await attemptPod(input);
      // Until the first conclusion the cache of the worker has the node as it was, and the starter tells nothing.
      return of(world.events, 'conclude').length === 0 ? { ...result, node: before } : result;
    };
    Object.assign(world.activities, { attemptPod: lagging });
  };
  await withHeal(harness, { prepare, policy: { windowMs } }, async ({ world, result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed' });
    const concludes = of(world.events, 'conclude');
    expect(concludes).toHaveLength(2);
    const [annotated] = of(world.events, 'annotate');
    expect((annotated?.atMs ?? 0) - (concludes[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(windowMs);
  });
});

test('H7, H15: a node that was written before its annotation is judged again and then annotated once', async () => {
  let conflicts = 0;
  const prepare = (world: World) => {
    const { annotateNode } = world.activities;
    const once: typeof annotateNode = async (input) => {
      conflicts += 1;
      return conflicts === 1 ? { kind: 'node-changed' } : annotateNode(input);
    };
    Object.assign(world.activities, { annotateNode: once });
  };
  await withHeal(harness, { prepare, policy: { windowMs: 2 * MINUTE_MS } }, async ({ world, result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 4 });
    expect(conflicts).toBe(2);
    expect(of(world.events, 'conclude')).toHaveLength(2);
    expect(of(world.events, 'annotate')).toHaveLength(1);
  });
});

test('H7: a node replaced after its last pod was judged is healed again, for a full window', async () => {
  let replacedMs = 0;
  const prepare = (world: World) =>
    after(world, 'concludeHealing', async () => {
      if (replacedMs > 0) return;
      replacedMs = await harness.env.currentTimeMs();
      world.node = present({ uidText: 'uid-2' });
    });
  await withHeal(harness, { prepare }, async ({ world, result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed' });
    const annotations = of(world.events, 'annotate');
    expect(annotations.map(({ uid }) => uid)).toEqual(['uid-2']);
    expect((annotations[0]?.atMs ?? 0) - replacedMs).toBeGreaterThanOrEqual(30 * MINUTE_MS - 1_000);
  });
});

test('H9: the pods of a node that was replaced are removed before the new one is cared for', async () => {
  await withHeal(harness, {}, async ({ world, handle }) => {
    await harness.env.sleep(5 * MINUTE_MS + 10_000);
    const attempts = of(world.events, 'attempt').length;
    world.node = present({ uidText: 'uid-2' });
    await handle.signal(nodeChanged, world.node);
    await harness.env.sleep(MINUTE_MS);
    expect(of(world.events, 'conclude').map(({ previous }) => previous)).toEqual([attempts]);
    expect(of(world.events, 'begin')).toHaveLength(2);
    await harness.env.client.workflow.getHandle(handle.workflowId).terminate();
  });
});

test('H10: before a heal ends, the API server itself is asked, not the cache of a worker', async () => {
  const prepare = (world: World) => {
    const { activities } = world;
    activities.observeNode = async ({ live }) => (live ? world.node : present({ healed: true }));
  };
  await withHeal(harness, { prepare }, async ({ handle, result }) => {
    await harness.env.sleep(5 * MINUTE_MS);
    await handle.signal(nodeChanged, present({ healed: true }));
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 60 });
  });
});

test('H13, H15: a restart while the node is being annotated begins a full new window, with pods of other names', async () => {
  let handle: WorkflowHandle | null = null;
  const prepare = (world: World) =>
    after(world, 'annotateNode', async () => {
      if (of(world.events, 'annotate').length === 1) await handle?.signal(restartHealing, {});
    });
  await withHeal(harness, { prepare }, async (heal) => {
    handle = heal.handle;
    expect(await heal.result()).toMatchObject({ outcome: 'healed' });
    expect(of(heal.world.events, 'begin').map(({ resetAnnotation }) => resetAnnotation)).toEqual([false, true]);
    const numbers = of(heal.world.events, 'attempt').map(({ attempt }) => attempt);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const [first, second] = of(heal.world.events, 'annotate');
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(30 * MINUTE_MS);
  });
});

test('H14: a heal cancelled before it has begun switches its node off, too', async () => {
  const prepare = (world: World) => {
    world.activities.beginHealing = async () => {
      throw new Error('connect ECONNREFUSED');
    };
  };
  await withHeal(harness, { prepare }, async ({ world, handle, result }) => {
    await harness.env.sleep(MINUTE_MS);
    await handle.cancel();
    await expect(result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(of(world.events, 'clean-up')).toHaveLength(1);
  });
});

test('H16: later attempts go through the queue of the pods, the first one and all other steps do not', async () => {
  await withHeal(harness, { policy: { windowMs: 2 * MINUTE_MS } }, async ({ handle, result }) => {
    await harness.env.sleep(MINUTE_MS);
    await handle.signal(nodeChanged, { kind: 'gone' });
    await result();
    const queues = await queuesOfActivities(handle);
    const cluster = handle.workflowId.split('/')[1] ?? '';
    expect(queues.get('attemptPod')).toEqual(new Set([podTaskQueue(cluster)]));
    expect(queues.get('beginHealing')).toEqual(new Set([taskQueue(cluster)]));
    expect(queues.get('annotateNode')).toEqual(new Set([taskQueue(cluster)]));
    expect(queues.get('observeNode')).toEqual(new Set([taskQueue(cluster)]));
  });
});

async function queuesOfActivities(handle: WorkflowHandle): Promise<Map<string, Set<string>>> {
  const queues = new Map<string, Set<string>>();
  for (const event of (await handle.fetchHistory()).events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const name = scheduled?.activityType?.name ?? '';
    if (scheduled) queues.set(name, (queues.get(name) ?? new Set()).add(scheduled.taskQueue?.name ?? ''));
  }
  return queues;
}
