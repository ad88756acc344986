/** What a soak reports, and that nothing is lost when its history is long: on a real server that suggests a new run early. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DefaultLogger } from '@temporalio/worker';
import type { AlertSpan } from '../../../domain/maintenance/alert-minutes.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { startRealTime } from '../../fixtures/temporal-environments.ts';
import type { Harness } from '../heal-node/harness.ts';
import { HOUR_MS, INTERVAL_MS, type Look, MINUTE_MS, withSoak } from './harness.ts';

const UNTIL = { timeoutMs: 120_000, pollMs: 50 };
const SUGGESTS_EARLY = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=30'];

let harness: Harness;
beforeAll(async () => {
  installQuietRuntime();
  harness = { env: await startRealTime(SUGGESTS_EARLY), bundle: await bundleWorkflows(new DefaultLogger('ERROR')) };
});
afterAll(async () => harness?.env.teardown());

/** Time goes by as fast as the looks come, ten minutes each. */
function looks(...kinds: readonly (AlertSpan['kind'] | 'no-answer')[]): Look & { count: number } {
  const look: Look = async ({ sinceMs }) => {
    const kind = kinds[all.count] ?? kinds.at(-1) ?? 'quiet';
    all.count += 1;
    if (kind === 'no-answer') return { spans: [], problem: 'nobody answers' };
    const detail = kind === 'quiet' ? '' : `${kind} there`;
    return { spans: [{ fromMs: sinceMs, toMs: sinceMs + INTERVAL_MS, kind, detail }], problem: null };
  };
  const all = Object.assign(look, { count: 0 });
  return all;
}

test('M35: it tells the run each change, and each look once it is proven; what it knew is carried from run to run', async () => {
  const look = looks('quiet', 'alerting', 'alerting', 'unknown', 'quiet', 'no-answer', 'quiet');
  const demand = { forMs: 2 * HOUR_MS };
  await withSoak(harness, { demand, look }, async ({ handle, reports }) => {
    const { runId } = await handle.describe();
    await waitUntil(async () => look.count > 30, { what: '30 looks', ...UNTIL });
    const told = await reports();
    expect(
      told.slice(0, 6).map(({ state, isAlerting, blindMs, detail }) => [state, isAlerting, blindMs, detail]),
    ).toEqual([
      ['soaking', false, 0, ''],
      ['soaking', true, 0, ''],
      ['soaking', true, 10 * MINUTE_MS, ''],
      ['soaking', false, 0, ''],
      ['soaking', false, 0, 'nobody answers'],
      ['soaking', false, 0, ''],
    ]);
    const proven = told.filter(({ state }) => state === 'proven');
    expect(proven.length).toBeGreaterThan(10);
    expect(proven.map(({ provenMs }) => provenMs / MINUTE_MS)).toEqual(proven.map((_, index) => 120 + 10 * index));
    expect((await handle.describe()).runId).not.toBe(runId);
  });
});

test('M35: too many resets are reported as its failure', async () => {
  const look = looks('alerting', 'quiet', 'alerting', 'quiet');
  await withSoak(harness, { demand: { resetsMax: 2 }, look }, async ({ reports }) => {
    const failed = await waitUntil(async () => (await reports()).find(({ state }) => state === 'failed') ?? null, {
      what: 'its failure',
      ...UNTIL,
    });
    expect(failed).toMatchObject({ resets: 2, detail: '2 resets, the last one: alerting there' });
  });
});

test('M35: it ends where the run that it belongs to is gone, and when it is cancelled', async () => {
  await withSoak(harness, { look: looks('quiet', 'alerting') }, async ({ handle, fleet }) => {
    await fleet.terminate();
    expect(await handle.result()).toMatchObject({ resets: expect.any(Number) });
  });
  const look = looks('quiet');
  await withSoak(harness, { look }, async ({ handle }) => {
    await waitUntil(async () => look.count > 3, { what: 'some looks', ...UNTIL });
    await handle.cancel();
    const { provenMs } = (await handle.result()) as { provenMs: number };
    expect(provenMs).toBeGreaterThanOrEqual(3 * INTERVAL_MS);
  });
});

test('M35: an input that is not one is refused with its key', async () => {
  await withSoak(harness, { demand: { resetsMax: 0 }, look: looks('quiet') }, async ({ handle }) => {
    await expect(handle.result()).rejects.toMatchObject({
      cause: { message: expect.stringContaining('input.resetsMax: expected a whole number from 1') },
    });
  });
});
