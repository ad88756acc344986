/** A watch whose history grows long goes on in a new run with all that it knows: on a real server that suggests it early. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DefaultLogger } from '@temporalio/worker';
import { changePolicy, evaluateNow, pauseWatching } from '../../../contracts/connectivity/signals-and-queries.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { startRealTime } from '../../fixtures/temporal-environments.ts';
import type { Harness } from '../heal-node/harness.ts';
import { type Watch, withWatch } from './harness.ts';
import { failing, fine } from './world.ts';

const EVENTS_SUGGESTED_MAX = 40;
const SUGGESTS_EARLY = ['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${EVENTS_SUGGESTED_MAX}`];
/** Real time. */
const POLICY = { intervalMs: 200, searchAttributes: false };
const UNTIL = { timeoutMs: 120_000, pollMs: 50 };

let harness: Harness;
beforeAll(async () => {
  installQuietRuntime();
  harness = { env: await startRealTime(SUGGESTS_EARLY), bundle: await bundleWorkflows(new DefaultLogger('ERROR')) };
});
afterAll(async () => harness?.env.teardown());

/** Until the watch has gone on in so many new runs since now. */
async function newRuns({ handle }: Watch, count: number): Promise<void> {
  const seen = new Set([(await handle.describe()).runId]);
  await waitUntil(
    async () => {
      seen.add((await handle.describe()).runId);
      return seen.size > count;
    },
    { what: `${count} new runs`, ...UNTIL },
  );
}

test('state, alarms, transitions, counts and the changed policy go into the new run', async () => {
  await withWatch(harness, { policy: POLICY }, async (watch) => {
    watch.world.answer = () => failing('lin-1');
    await waitUntil(async () => (await watch.status()).state === 'failing', { what: 'an alarm', ...UNTIL });
    const policy = { ...watch.input.policy, failuresToAlarm: 4 };
    await watch.handle.signal(changePolicy, policy);
    const before = await watch.status();
    await newRuns(watch, 2);
    const after = await watch.status();
    expect(after).toMatchObject({ state: 'failing', policy, alarmedNodes: ['lin-1'], transitions: before.transitions });
    expect(after.evaluations).toBeGreaterThan(before.evaluations);
    expect(after.streak).toBe(after.evaluations);
    // The condition was written once, and the nodes of an earlier watch were asked for once.
    expect(watch.world.changes).toHaveLength(1);
    watch.world.answer = () => fine();
    await waitUntil(async () => (await watch.status()).state === 'ok', { what: 'the end of the alarm', ...UNTIL });
    await waitUntil(async () => watch.world.changes.length === 2, {
      what: 'the end of the alarm of the node',
      ...UNTIL,
    });
  });
});

test('a paused watch goes on in new runs, paused, under a stream of updates that are all answered', async () => {
  await withWatch(harness, { policy: POLICY }, async (watch) => {
    await waitUntil(async () => (await watch.status()).evaluations >= 3, { what: 'three evaluations', ...UNTIL });
    await watch.handle.signal(pauseWatching, { reason: 'works' });
    await waitUntil(async () => (await watch.status()).state === 'paused', { what: 'the pause', ...UNTIL });
    const { runId } = await watch.handle.describe();
    const { evaluations } = await watch.status();
    for (let round = 0; round < 12; round += 1) {
      const verdicts = await Promise.all([1, 2, 3].map(() => watch.handle.executeUpdate(evaluateNow)));
      expect(verdicts.every(({ ok }) => ok)).toBe(true);
    }
    expect((await watch.handle.describe()).runId).not.toBe(runId);
    expect(await watch.status()).toMatchObject({ state: 'paused', evaluations, nextEvaluationMs: null });
    expect(watch.world.underWayMax).toBe(1);
  });
});
