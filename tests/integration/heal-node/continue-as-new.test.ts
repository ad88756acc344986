/** A heal whose history grows long goes on in a new run: on a real server that suggests it early. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { DefaultLogger } from '@temporalio/worker';
import { healingStatus, restartHealing } from '../../../contracts/healing/signals-and-queries.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { startRealTime } from '../../fixtures/temporal-environments.ts';
import { type Harness, withHeal } from './harness.ts';
import { of } from './world.ts';

/** A run of so many events is asked to continue as new; one cycle of a heal is eleven. */
const EVENTS_SUGGESTED_MAX = 30;
const SUGGESTS_EARLY = ['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${EVENTS_SUGGESTED_MAX}`];
/** Real time: twelve attempts in three seconds. */
const POLICY = { windowMs: 3_000, intervalMs: 250, searchAttributes: false };

let harness: Harness;
beforeAll(async () => {
  installQuietRuntime();
  const bundle = await bundleWorkflows(new DefaultLogger('ERROR'));
  harness = { env: await startRealTime(SUGGESTS_EARLY), bundle };
});
afterAll(async () => harness?.env.teardown());

test('H12, H15: a heal goes on in a new run with its window, its proofs and the numbers of its attempts', async () => {
  await withHeal(harness, { policy: POLICY }, async ({ world, handle, result }) => {
    const healed = await result();
    const attempts = of(world.events, 'attempt');
    const numbers = attempts.map(({ attempt }) => attempt);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(numbers.length).toBeGreaterThanOrEqual(10);
    expect(attempts.map(({ previous }) => previous)).toEqual([null, ...numbers.slice(0, -1)]);
    expect(of(world.events, 'begin')).toHaveLength(1);
    expect(of(world.events, 'annotate')).toHaveLength(1);
    expect(healed).toMatchObject({ outcome: 'healed', attempts: numbers.length, podsProven: numbers.length });
    expect(await runCount(handle)).toBeGreaterThanOrEqual(3);
  });
});

test('H13: a restart that was asked for goes with the heal into its new run', async () => {
  await withHeal(harness, { policy: POLICY }, async ({ world, handle, result }) => {
    const windowStart = async () => (await handle.query(healingStatus)).windowStartMs;
    // Enough restarts to meet the end of a run more than once.
    for (let restarts = 0, before: number | null = null; restarts <= 15; restarts += 1) {
      const isAnew = async () => {
        const startMs = await windowStart();
        return startMs === before ? null : startMs;
      };
      before = await waitUntil(isAnew, { what: `the window after restart ${restarts}`, timeoutMs: 120_000 });
      await handle.signal(restartHealing, { reason: `restart ${restarts + 1}` });
    }
    expect(await result()).toMatchObject({ outcome: 'healed' });
    expect(await runCount(handle)).toBeGreaterThanOrEqual(3);
    expect(of(world.events, 'annotate')).toHaveLength(1);
  });
});

test('H12: a heal that waits goes on in a new run when signals that change nothing made its history long', async () => {
  const policy = { ...POLICY, windowMs: 3_600_000, intervalMs: 1_800_000 };
  await withHeal(harness, { policy }, async ({ world, handle }) => {
    await waitUntil(async () => (await handle.query(healingStatus)).attempts === 1, {
      what: 'the first attempt',
      timeoutMs: 120_000,
    });
    for (let sent = 0; sent < EVENTS_SUGGESTED_MAX; sent += 1) await handle.signal('unknown', sent);
    await waitUntil(async () => (await runCount(handle)) >= 2, { what: 'a new run', timeoutMs: 120_000 });
    expect(await handle.query(healingStatus)).toMatchObject({ state: 'healing', attempts: 1 });
    expect(of(world.events, 'begin')).toHaveLength(1);
    await harness.env.client.workflow.getHandle(handle.workflowId).terminate();
  });
});

/** The runs of the heal, the last one first: each names the run that it continues. */
async function runCount(handle: WorkflowHandle): Promise<number> {
  const { client } = harness.env;
  let runs = 1;
  let { runId } = await handle.describe();
  for (;;) {
    const { events } = await client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
    const before = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
    if (before === '') return runs;
    runs += 1;
    runId = before;
  }
}
