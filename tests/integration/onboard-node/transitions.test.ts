/** What happens to a heal with an echo when its node, its operator or the API server does something. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { firstProbeTaskQueue, probeTaskQueue } from '../../../contracts/healing/names.ts';
import { healingStatus, nodeChanged, restartHealing } from '../../../contracts/healing/signals-and-queries.ts';
import { taskQueue } from '../../../contracts/names.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { ONBOARDING_POLICY } from '../../fixtures/healing.ts';
import { type Harness, MINUTE_MS, startHarness } from '../heal-node/harness.ts';
import { nodeFacts, of, present } from '../heal-node/world.ts';
import { NODE, replay, withOnboarding } from './harness.ts';
import { judged, REJECTED } from './world.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness?.env.teardown());

const POLICY = { windowMs: 10 * MINUTE_MS };

test('H13: a restart sets the annotation to false and runs a full new window, with pods of other names', async () => {
  await withOnboarding(harness, { policy: POLICY }, async ({ world, handle, result }) => {
    await harness.env.sleep(9 * MINUTE_MS);
    const restartedMs = await harness.env.currentTimeMs();
    await handle.signal(restartHealing, { reason: 'new conflist' });
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 20 });
    expect(of(world.events, 'begin').map(({ resetAnnotation }) => resetAnnotation)).toEqual([false, true]);
    const numbers = world.probes.map(({ attempt }) => attempt);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect((of(world.events, 'annotate')[0]?.atMs ?? 0) - restartedMs).toBeGreaterThanOrEqual(POLICY.windowMs);
  });
});

test('H16, E53: the first probe of a heal waits behind no later ones: its queue is another', async () => {
  await withOnboarding(harness, { policy: POLICY }, async ({ cluster, handle, result }) => {
    await result();
    const { events } = await handle.fetchHistory();
    const scheduled = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: found }) => found ?? []);
    const queues = scheduled
      .filter(({ activityType }) => activityType?.name === 'probePod')
      .map((one) => one.taskQueue?.name);
    expect(queues[0]).toBe(firstProbeTaskQueue(cluster));
    expect(new Set(queues.slice(1))).toEqual(new Set([probeTaskQueue(cluster)]));
  });
});

test('H13: a restart while a pod is waited for begins when that pod was judged, and its verdict does not count', async () => {
  const options = {
    policy: POLICY,
    script: { probes: (attempt: number) => judged(attempt === 3 ? 'refuted' : 'proven') },
  };
  let signal = async () => {};
  const whileWaiting = async (attempt: number) => (attempt === 3 ? signal() : undefined);
  await withOnboarding(
    harness,
    { ...options, script: { ...options.script, whileWaiting } },
    async ({ handle, world, result }) => {
      signal = async () => handle.signal(restartHealing, {});
      expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 20, attempts: 23 });
      expect(of(world.events, 'begin')).toHaveLength(2);
      // The refutation is of the window before.
      expect(world.marks[0]).not.toHaveProperty('refutedMs');
    },
  );
});

test('H12, H13: a stalled heal is brought back by a restart, with its errors cleared', async () => {
  const probes = (attempt: number) => (attempt <= 10 ? REJECTED : judged('proven'));
  await withOnboarding(harness, { policy: POLICY, script: { probes } }, async ({ world, handle, result }) => {
    await harness.env.sleep(6 * MINUTE_MS);
    expect(await handle.query(healingStatus)).toMatchObject({ state: 'stalled', rejectedInARow: 10 });
    await handle.signal(restartHealing, {});
    expect(await result()).toMatchObject({ outcome: 'healed', attempts: 30 });
    expect(world.probes[10]).toMatchObject({ attempt: 11, isAfterRejection: false });
  });
});

test('H14: a cancellation cleans up once and ends as cancelled', async () => {
  await withOnboarding(harness, { policy: POLICY }, async ({ world, handle, result }) => {
    await harness.env.sleep(5 * MINUTE_MS);
    await handle.cancel();
    await expect(result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(of(world.events, 'clean-up')).toHaveLength(1);
    expect(world.marks).toEqual([]);
    expect(world.steps.at(-1)).toEqual({ name: 'cleanUpCancelled', profile: 'snat' });
  });
});

test('H8: NotReady while a pod is waited for stops the attempts; a full new window begins when the node is Ready', async () => {
  let away = async () => {};
  const whileWaiting = async (attempt: number) => (attempt === 5 ? away() : undefined);
  await withOnboarding(harness, { policy: POLICY, script: { whileWaiting } }, async ({ world, handle, result }) => {
    away = async () => {
      world.node = present({ ready: false });
      // A newer starter may say more than this worker knows.
      await handle.signal(nodeChanged, {
        ...world.node,
        facts: { ...nodeFacts({ ready: false }), laterFact: 1 },
      } as never);
    };
    await harness.env.sleep(5 * MINUTE_MS);
    expect(await handle.query(healingStatus)).toMatchObject({ state: 'waiting-for-ready', attempts: 5 });
    world.node = present({ readyChangedMs: 99 });
    await handle.signal(nodeChanged, world.node);
    const backMs = await harness.env.currentTimeMs();
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 20, attempts: 25 });
    expect((of(world.events, 'annotate')[0]?.atMs ?? 0) - backMs).toBeGreaterThanOrEqual(POLICY.windowMs - 1_000);
    await replay(harness, handle);
  });
});

test.each([
  ['deleted', 'node-gone', { kind: 'gone' } as const],
  ['marked by someone else', 'healed-elsewhere', present({ healed: true })],
  ['switched off', 'disabled', present({ disabled: true })],
])('H9, H10: a node that was %s ends the heal as %s, without a mark of ours', async (_how, outcome, node) => {
  await withOnboarding(harness, { policy: POLICY }, async ({ world, handle, result }) => {
    await harness.env.sleep(3 * MINUTE_MS);
    world.node = node;
    await handle.signal(nodeChanged, node);
    expect(await result()).toMatchObject({ outcome });
    expect(world.marks).toEqual([]);
    expect(of(world.events, 'conclude')).toHaveLength(1);
  });
});

test('H9: a node that is gone before the first step ends the heal, without a probe', async () => {
  const prepare = (world: { node: unknown }) => {
    world.node = { kind: 'gone' };
  };
  await withOnboarding(harness, { prepare }, async ({ world, result }) => {
    expect(await result()).toMatchObject({ outcome: 'node-gone', attempts: 0 });
    expect(world.probes).toEqual([]);
  });
});

test('H9: the same name with a new uid continues as new for the new node, as the same workflow', async () => {
  await withOnboarding(harness, { policy: POLICY }, async ({ world, handle, result }) => {
    await harness.env.sleep(5 * MINUTE_MS);
    world.node = present({ uidText: 'uid-2' });
    await handle.signal(nodeChanged, world.node);
    const replacedMs = await harness.env.currentTimeMs();
    expect(await result()).toMatchObject({ outcome: 'healed', podsProven: 20 });
    expect(of(world.events, 'annotate').map(({ uid }) => uid)).toEqual(['uid-2']);
    expect((of(world.events, 'annotate')[0]?.atMs ?? 0) - replacedMs).toBeGreaterThanOrEqual(POLICY.windowMs - 1_000);
    expect(of(world.events, 'begin')).toHaveLength(2);
    expect(new Set(world.steps.map(({ profile }) => profile))).toEqual(new Set(['snat']));
  });
});

test('E40: the status says which address was seen, and the window until the next probe', async () => {
  const probes = () => judged('refuted', { address: '10.240.0.4', endpoint: 'onprem-1', createdMs: 5 });
  await withOnboarding(harness, { script: { probes } }, async ({ handle }) => {
    await harness.env.sleep(MINUTE_MS + 5_000);
    const source = { verdict: 'refuted', by: 'node', address: '10.240.0.4', endpoint: 'onprem-1', createdMs: 5 };
    expect(await handle.query(healingStatus)).toMatchObject({
      state: 'healing',
      podsProven: 0,
      provenPodsMin: 3,
      lastEvidence: { level: 2, source },
      lastRefuted: source,
      pod: null,
    });
    await handle.terminate();
  });
});

test('E40: a result of a probe that nobody knows ends the heal, which is begun again, instead of a task that fails for ever', async () => {
  const probes = () => ({ kind: 'unheard-of' }) as never;
  await withOnboarding(harness, { script: { probes } }, async ({ result }) => {
    await expect(result()).rejects.toMatchObject({
      cause: { type: 'InvalidResult', message: expect.stringContaining('probePod returned result.outcome.kind') },
    });
  });
});

test('E46: an input of a newer version waits for a worker that knows it', async () => {
  const { client } = harness.env;
  await withOnboarding(harness, {}, async ({ cluster, handle }) => {
    await handle.terminate();
    const input = { v: 3, cluster, node: NODE, profile: 'snat', policy: { ...ONBOARDING_POLICY, unheardOf: 1 } };
    const newer = await client.workflow.start('onboardNode', {
      workflowId: `heal-node/${cluster}/${NODE}`,
      taskQueue: taskQueue(cluster),
      args: [input],
    });
    const failedTask = await waitUntil(
      async () => (await newer.fetchHistory()).events?.find((event) => event.workflowTaskFailedEventAttributes) ?? null,
      { what: 'the task to fail', timeoutMs: 60_000 },
    );
    expect(failedTask.workflowTaskFailedEventAttributes?.failure?.message).toContain('version 3 of the input');
    expect((await newer.describe()).status.name).toBe('RUNNING');
    await newer.terminate();
  });
});

test.each([
  ['an unknown key', { more: 1 }, 'input.more: unknown key'],
  ['no endpoint', { policy: { ...ONBOARDING_POLICY, endpoints: [] } }, 'input.policy.endpoints: expected 1 to 4 names'],
  [
    'another evidence',
    { policy: { ...ONBOARDING_POLICY, evidence: 'sandbox' } },
    'input.policy.evidence: expected one of source-address',
  ],
  ['another profile', { profile: 'gpu' }, 'workflow id: expected onboard-node/'],
  ['another node', { node: 'win-9' }, 'workflow id: expected heal-node/'],
])('E40: an input with %s ends the workflow with what is allowed', async (_what, change, message) => {
  const { client } = harness.env;
  await withOnboarding(harness, {}, async ({ cluster, handle }) => {
    await handle.terminate();
    const input = { v: 1, cluster, node: NODE, profile: 'snat', policy: ONBOARDING_POLICY, ...change };
    const wrong = await client.workflow.start('onboardNode', {
      workflowId: `heal-node/${cluster}/${NODE}`,
      taskQueue: taskQueue(cluster),
      args: [input],
    });
    await expect(wrong.result()).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: expect.stringContaining(message) },
    });
  });
});
