/** What people send to a watch: pause, resume, evaluateNow, another policy, cancellation, rubbish. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import {
  changePolicy,
  evaluateNow,
  NO_VERDICT,
  pauseWatching,
  resumeWatching,
} from '../../../contracts/connectivity/signals-and-queries.ts';
import { taskQueue } from '../../../contracts/names.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { type Harness, startHarness } from '../heal-node/harness.ts';
import { INTERVAL_MS, WATCH_POLICY, type Watch, withWatch } from './harness.ts';
import { failing, fine, unavailable } from './world.ts';

const QUICK = { timeoutMs: 120_000, pollMs: 20 };

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness.env.teardown());

async function untilState({ status }: Watch, state: string): Promise<void> {
  await waitUntil(async () => (await status()).state === state, { what: `the state ${state}`, ...QUICK });
}

async function openTimers({ handle }: Watch): Promise<number> {
  const events = (await handle.fetchHistory()).events ?? [];
  const started = events.filter((event) => event.timerStartedEventAttributes).length;
  return (
    started - events.filter((event) => event.timerFiredEventAttributes || event.timerCanceledEventAttributes).length
  );
}

test('while paused nothing is asked and no timer runs; resumed it asks at once and counts from the start', async () => {
  await withWatch(harness, { prepare: (world) => void (world.answer = () => failing('lin-1')) }, async (watch) => {
    await watch.evaluated(2);
    await watch.handle.signal(pauseWatching, { reason: 'rebuilding' });
    await untilState(watch, 'paused');
    await watch.handle.signal(pauseWatching, {});
    expect(await openTimers(watch)).toBe(0);
    await harness.env.sleep(10 * INTERVAL_MS);
    expect(watch.world.askedMs).toHaveLength(2);
    expect(await watch.status()).toMatchObject({ state: 'paused', nextEvaluationMs: null });

    await watch.handle.signal(resumeWatching);
    expect(await watch.evaluated(4)).toMatchObject({ state: 'unknown', streak: 2, alarmedNodes: [] });
    const { state, alarmedNodes, transitions } = await watch.evaluated(5);
    expect({ state, alarmedNodes }).toEqual({ state: 'failing', alarmedNodes: ['lin-1'] });
    expect(transitions.map(({ from, to, detail }) => `${from} ${to} ${detail}`)).toEqual([
      'unknown paused paused: rebuilding',
      'paused unknown resumed',
      expect.stringMatching(/^unknown failing 3 evaluations in a row: 2 of 3 agents report/),
    ]);
  });
});

test('evaluateNow answers with the verdict, and a loop of it shortens no hysteresis', async () => {
  await withWatch(harness, { prepare: (world) => void (world.answer = () => failing('lin-1')) }, async (watch) => {
    await watch.evaluated(1);
    for (let count = 0; count < 10; count += 1) {
      const verdict = await watch.handle.executeUpdate(evaluateNow);
      expect(verdict).toMatchObject({ ok: false, failing: [{ node: 'lin-1' }] });
    }
    expect(await watch.status()).toMatchObject({ state: 'unknown', evaluations: 1, streak: 1, alarmedNodes: [] });
    expect(watch.world.changes).toEqual([]);
    expect(watch.world.askedMs.length).toBeGreaterThanOrEqual(11);
  });
});

test('evaluateNow answers also while paused, and touches no alarm', async () => {
  await withWatch(harness, {}, async (watch) => {
    await watch.evaluated(3);
    await watch.handle.signal(pauseWatching);
    await untilState(watch, 'paused');
    watch.world.answer = () => failing('lin-1');
    for (let count = 0; count < 4; count += 1) await watch.handle.executeUpdate(evaluateNow);
    expect(await watch.status()).toMatchObject({ state: 'paused', evaluations: 3, verdict: { ok: false } });
    await watch.handle.signal(resumeWatching);
    expect(await watch.evaluated(5)).toMatchObject({ state: 'ok', alarmedNodes: [] });
  });
});

test('evaluateNow without a verdict fails with the reason, and with input it is refused', async () => {
  await withWatch(harness, {}, async (watch) => {
    await watch.evaluated(1);
    watch.world.answer = () => unavailable('connect ECONNREFUSED 10.0.0.9');
    const asked = watch.handle.executeUpdate(evaluateNow);
    await expect(asked).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    await expect(asked).rejects.toMatchObject({
      cause: { type: NO_VERDICT, message: expect.stringContaining('ECONNREFUSED 10.0.0.9') },
    });
    expect(await watch.status()).toMatchObject({ unavailable: 'connect ECONNREFUSED 10.0.0.9', streak: 1 });
    await expect(watch.handle.executeUpdate(evaluateNow.name, { args: ['now!'] })).rejects.toMatchObject({
      cause: { message: 'evaluateNow takes no input' },
    });
  });
});

test('updates at the same time share one request to the collector, also with a due evaluation', async () => {
  const gate = Promise.withResolvers<void>();
  const prepare = (world: Watch['world']) => {
    world.answer = async () => {
      await gate.promise;
      return fine();
    };
  };
  await withWatch(harness, { prepare }, async (watch) => {
    // The first due evaluation is under way and stays so.
    await waitUntil(async () => watch.world.underWay === 1, { what: 'the question', ...QUICK });
    const updates = Array.from({ length: 5 }, () => watch.handle.executeUpdate(evaluateNow));
    await waitUntil(async () => (await acceptedUpdates(watch)) === 5, { what: 'five updates', ...QUICK });
    gate.resolve();
    for (const verdict of await Promise.all(updates)) expect(verdict).toMatchObject({ ok: true });
    expect(watch.world.askedMs).toHaveLength(1);
    expect(watch.world.underWayMax).toBe(1);
    expect(await watch.evaluated(1)).toMatchObject({ evaluations: 1 });
  });
});

async function acceptedUpdates({ handle }: Watch): Promise<number> {
  const events = (await handle.fetchHistory()).events ?? [];
  return events.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes).length;
}

test('another policy reaches the running watch; the same one changes nothing', async () => {
  await withWatch(harness, { prepare: (world) => void (world.answer = () => failing('lin-1')) }, async (watch) => {
    const { nextEvaluationMs } = await watch.evaluated(1);
    await watch.handle.signal(changePolicy, WATCH_POLICY);
    expect(await watch.status()).toMatchObject({ nextEvaluationMs });
    const policy = { ...WATCH_POLICY, intervalMs: INTERVAL_MS / 4, failuresToAlarm: 2 };
    await watch.handle.signal(changePolicy, policy);
    const changed = await waitUntil(
      async () => {
        const found = await watch.status();
        return found.policy.failuresToAlarm === 2 ? found : null;
      },
      { what: 'the policy', ...QUICK },
    );
    expect(changed.nextEvaluationMs).toBeLessThan(nextEvaluationMs ?? 0);
    expect(await watch.evaluated(2)).toMatchObject({ state: 'failing', policy });
    const [first = 0, second = 0] = watch.world.askedMs;
    expect(second - first).toBeLessThan(INTERVAL_MS / 2);
  });
});

test('a cancelled watch ends as cancelled', async () => {
  await withWatch(harness, {}, async (watch) => {
    await watch.evaluated(1);
    await watch.handle.cancel();
    await expect(watch.handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  });
});

test('wrong input fails with the key and what is allowed', async () => {
  await withWatch(harness, {}, async (watch) => {
    const wrong = await harness.env.client.workflow.start('watchConnectivity', {
      workflowId: `${watch.handle.workflowId}-wrong`,
      taskQueue: taskQueue(watch.input.cluster),
      args: [{ cluster: '', policy: { ...WATCH_POLICY, intervalMs: 0, more: 1 } }],
    });
    await expect(wrong.result()).rejects.toMatchObject({
      cause: {
        type: 'InvalidInput',
        message: expect.stringMatching(
          /input\.cluster: expected the name of a cluster.*input\.policy\.more: unknown key, allowed are intervalMs.*input\.policy\.intervalMs: expected a whole number from 1 to 86400000, got 0/,
        ),
      },
    });
  });
});
