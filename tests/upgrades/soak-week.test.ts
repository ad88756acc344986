/** A soak of a week on the time-skipping server: what it costs, and that it is not a minute early. */

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { AlertSpan } from '../../domain/maintenance/alert-minutes.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type Harness, startHarness } from '../integration/heal-node/harness.ts';
import { replay } from '../integration/onboard-node/harness.ts';
import {
  DAY_MS,
  HOUR_MS,
  INTERVAL_MS,
  type Look,
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

interface Alert {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Alerts at these times since the first look; everything else is quiet. */
function alerting(alerts: readonly Alert[]): Look {
  const { env } = harness;
  let startedMs: number | null = null;
  return async ({ sinceMs, atMs }) => {
    await env.sleep(Math.max(1, atMs - (await env.currentTimeMs())));
    startedMs ??= sinceMs;
    const spans: AlertSpan[] = [];
    for (let fromMs = sinceMs; fromMs < atMs; fromMs += MINUTE_MS) {
      const toMs = Math.min(fromMs + MINUTE_MS, atMs);
      const at = [fromMs - startedMs, toMs - startedMs] as const;
      const isAlert = alerts.some((one) => one.fromMs < at[1] && at[0] < one.toMs);
      spans.push({ fromMs, toMs, kind: isAlert ? 'alerting' : 'quiet', detail: isAlert ? 'DiskFull fires' : '' });
    }
    return { spans, problem: null };
  };
}

async function firstProven({ reports }: SoakScene) {
  return waitUntil(async () => (await reports()).find(({ state }) => state === 'proven') ?? null, {
    what: 'a proven soak',
    ...UNTIL,
  });
}

async function startMs({ handle }: SoakScene): Promise<number> {
  return (await handle.describe()).startTime.getTime();
}

test('M35: a week without an alert is proven after a week and not a minute before, in at most 6,100 events', async () => {
  await withSoak(harness, { look: alerting([]) }, async (scene) => {
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
  await withSoak(harness, { demand: { resetsMax: 4 }, look: alerting(alerts) }, async (scene) => {
    const proven = await firstProven(scene);
    const tookMs = proven.lookedMs - (await startMs(scene));
    expect(tookMs).toBeGreaterThanOrEqual(third + HOUR_MS + 7 * DAY_MS);
    expect(tookMs).toBeLessThan(third + HOUR_MS + 7 * DAY_MS + 2 * INTERVAL_MS);
    expect(proven.resets).toBe(3);
    const resets = (await scene.reports()).filter(({ isAlerting }) => isAlerting).map(({ resets }) => resets);
    expect([...new Set(resets)]).toEqual([1, 2, 3]);
  });
});
