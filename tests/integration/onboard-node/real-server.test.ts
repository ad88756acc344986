/** On a real server: a heal with an echo whose history grows long, and one that is cancelled while its pod is waited for. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { DefaultLogger } from '@temporalio/worker';
import { healingStatus } from '../../../contracts/healing/signals-and-queries.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { startRealTime } from '../../fixtures/temporal-environments.ts';
import type { Harness } from '../heal-node/harness.ts';
import { of } from '../heal-node/world.ts';
import { withOnboarding } from './harness.ts';
import { judged } from './world.ts';

/** A run of so many events is asked to continue as new; one cycle of a heal is eleven. */
const SUGGESTS_EARLY = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=30'];
/** Real time: 24 attempts in six seconds, fewer on a slow machine. */
const POLICY = { windowMs: 6_000, intervalMs: 250, searchAttributes: false };

let harness: Harness;
beforeAll(async () => {
  installQuietRuntime();
  const bundle = await bundleWorkflows(new DefaultLogger('ERROR'));
  harness = { env: await startRealTime(SUGGESTS_EARLY), bundle };
});
afterAll(async () => harness?.env.teardown());

test('E15, E40: a heal goes on in a new run with its window, its proofs, its refutation and its profile', async () => {
  const probes = (attempt: number) => (attempt === 2 ? judged('refuted', { createdMs: 77 }) : judged('proven'));
  await withOnboarding(harness, { policy: POLICY, script: { probes } }, async ({ world, handle, result }) => {
    const healed = await result();
    const numbers = world.probes.map(({ attempt }) => attempt);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(numbers.length).toBeGreaterThanOrEqual(4);
    expect(of(world.events, 'begin')).toHaveLength(1);
    expect(healed).toMatchObject({ outcome: 'healed', attempts: numbers.length, podsProven: numbers.length - 1 });
    expect(world.marks).toMatchObject([{ refutedMs: 77, proof: { attempts: numbers.length } }]);
    expect(new Set(world.steps.map(({ profile }) => profile))).toEqual(new Set(['snat']));
    const { runId } = await handle.describe();
    const { events } = await harness.env.client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
    const before = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
    expect(before).not.toBe('');
    expect(await handle.query(healingStatus)).toMatchObject({ lastRefuted: { createdMs: 77 } });
  });
});

test('H14, E10: a cancellation ends the wait for a pod, and cleans up after it', async () => {
  const whileWaiting = async (attempt: number) => {
    if (attempt !== 2) return;
    const context = Context.current();
    // The server answers a heartbeat with it.
    const beat = setInterval(() => context.heartbeat(), 500);
    await new Promise((resolve) => context.cancellationSignal.addEventListener('abort', resolve, { once: true }));
    clearInterval(beat);
  };
  await withOnboarding(harness, { policy: POLICY, script: { whileWaiting } }, async ({ world, handle, result }) => {
    await waitUntil(() => world.probes.length === 2, { what: 'the second probe', timeoutMs: 120_000 });
    await handle.cancel();
    await expect(result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(world.steps.map(({ name }) => name)).toEqual([
      'beginOnboarding',
      'probePod',
      'probePod',
      'cleanUpCancelled',
    ]);
    expect(world.marks).toEqual([]);
  });
});

test('H14: a cancellation that came with the last step of a run is not lost to the run after it', async () => {
  const gate = Promise.withResolvers<void>();
  const whileWaiting = () => gate.promise;
  await withOnboarding(harness, { policy: POLICY, script: { whileWaiting } }, async (onboarding) => {
    const { world, handle, whileAway, result } = onboarding;
    await waitUntil(() => world.probes.length === 1, { what: 'the first probe', timeoutMs: 120_000 });
    for (let sent = 0; sent < 30; sent += 1) await handle.signal('unknown', sent);
    await whileAway(async () => {
      gate.resolve();
      const isJudged = async () => ((await handle.describe()).raw.pendingActivities ?? []).length === 0;
      await waitUntil(isJudged, { what: 'the end of the first probe', timeoutMs: 120_000 });
      await handle.cancel();
    });
    await expect(result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(of(world.events, 'clean-up')).toHaveLength(1);
  });
});
