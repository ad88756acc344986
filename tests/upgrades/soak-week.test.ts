/** A soak of a week on the time-skipping server: what it costs, and that it is not a minute early. */

import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type Harness, startHarness } from '../integration/heal-node/harness.ts';
import { replay } from '../integration/onboard-node/harness.ts';
import {
  alerting,
  DAY_MS,
  HOUR_MS,
  INTERVAL_MS,
  MINUTE_MS,
  type SoakScene,
  withSoak,
} from '../integration/soak-cluster/harness.ts';

jest.setTimeout(480_000);

const UNTIL = { timeoutMs: 450_000, pollMs: 1_000 };
const EVENTS_MAX = 6_100;

// One for each: an activity that was left behind holds the time of the next one.
let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(async () => harness?.env.teardown());

async function firstProven({ reports }: SoakScene) {
  return waitUntil(async () => (await reports()).find(({ state }) => state === 'proven') ?? null, {
    what: 'a proven soak',
    ...UNTIL,
  });
}

/** All its runs, the first one first: a soak continues in new ones. */
async function runsOf({ handle }: SoakScene): Promise<readonly WorkflowHandle[]> {
  const runs: WorkflowHandle[] = [];
  let runId: string | null | undefined = (await handle.describe()).runId;
  while (runId) {
    const run: WorkflowHandle = harness.env.client.workflow.getHandle(handle.workflowId, runId);
    runs.unshift(run);
    const { events } = await run.fetchHistory();
    runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  }
  return runs;
}

async function startMs(scene: SoakScene): Promise<number> {
  const [first] = await runsOf(scene);
  return (await first?.describe())?.startTime.getTime() ?? Number.NaN;
}

test('M35: a week without an alert is proven after a week and not a minute before, in at most 6,100 events', async () => {
  await withSoak(harness, { look: alerting(harness, []) }, async (scene) => {
    const proven = await firstProven(scene);
    const tookMs = proven.lookedMs - (await startMs(scene));
    expect(tookMs).toBeGreaterThanOrEqual(7 * DAY_MS);
    expect(tookMs).toBeLessThan(7 * DAY_MS + INTERVAL_MS);
    expect(proven).toMatchObject({ resets: 0, isAlerting: false });
    await scene.handle.cancel();
    expect(await scene.handle.result()).toMatchObject({ resets: 0 });
    let events = 0;
    for (const run of await runsOf(scene)) {
      events += (await run.fetchHistory()).events?.length ?? 0;
      await replay(harness, run);
    }
    expect(events).toBeLessThanOrEqual(EVENTS_MAX);
  });
});

test('M35: an alert at 0 h, after 3.5 days and after 6 d 23 h 59 min begins the week again, from its end', async () => {
  const second = 3.5 * DAY_MS;
  const third = second + HOUR_MS + 7 * DAY_MS - MINUTE_MS;
  const alerts = [
    { fromMs: 0, toMs: HOUR_MS },
    { fromMs: second, toMs: second + HOUR_MS },
    { fromMs: third, toMs: third + HOUR_MS },
  ];
  await withSoak(harness, { demand: { resetsMax: 4 }, look: alerting(harness, alerts) }, async (scene) => {
    const proven = await firstProven(scene);
    const tookMs = proven.lookedMs - (await startMs(scene));
    expect(tookMs).toBeGreaterThanOrEqual(third + HOUR_MS + 7 * DAY_MS);
    expect(tookMs).toBeLessThan(third + HOUR_MS + 7 * DAY_MS + 2 * INTERVAL_MS);
    expect(proven.resets).toBe(3);
    const resets = (await scene.reports()).filter(({ isAlerting }) => isAlerting).map(({ resets }) => resets);
    expect([...new Set(resets)]).toEqual([1, 2, 3]);
  });
});
