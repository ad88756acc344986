/** A soak of a week on the time-skipping server: what it costs, and that it is not a minute early. */

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
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

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness?.env.teardown());

async function firstProven({ reports }: SoakScene) {
  return waitUntil(async () => (await reports()).find(({ state }) => state === 'proven') ?? null, {
    what: 'a proven soak',
    ...UNTIL,
  });
}

/** Of its first run: a soak continues in new ones. */
async function startMs({ handle }: SoakScene): Promise<number> {
  const { raw } = await handle.describe();
  const first = harness.env.client.workflow.getHandle(handle.workflowId, raw.workflowExecutionInfo?.firstRunId ?? '');
  return (await first.describe()).startTime.getTime();
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
    const { events } = await scene.handle.fetchHistory();
    expect(events?.length).toBeLessThanOrEqual(EVENTS_MAX);
    await replay(harness, scene.handle);
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
