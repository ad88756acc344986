/** What a step of the Temporal server's clock does to workflows: nothing stops, and nothing runs away. */

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { withWatch } from '../watch-connectivity/harness.ts';
import { type Harness, MINUTE_MS, startHarness, withHeal } from './harness.ts';
import { of } from './world.ts';

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

let harness: Harness;

beforeAll(async () => {
  const started = await startHarness();
  const bundle = await bundleWorkflowCode({
    workflowsPath: pathOf('../../../workflows/index.ts'),
    workflowInterceptorModules: [pathOf('./stopped-clock.ts')],
    logger: new DefaultLogger('ERROR'),
  });
  harness = { ...started, bundle };
});

afterAll(async () => harness?.env.teardown());

test('H3, H6: a heal whose clock stands still for an hour goes on at its interval and ends with its window', async () => {
  await withHeal(harness, { policy: { windowMs: 5 * MINUTE_MS } }, async ({ world, result }) => {
    expect(await result()).toMatchObject({ outcome: 'healed' });
    const atMs = of(world.events, 'attempt').map((event) => event.atMs);
    expect(atMs).toHaveLength(10);
    const gaps = atMs.slice(1).map((ms, index) => ms - (atMs[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(MINUTE_MS);
    expect(Math.min(...gaps)).toBeGreaterThan(15_000);
    expect((of(world.events, 'annotate')[0]?.atMs ?? 0) - (atMs[0] ?? 0)).toBeLessThan(6 * MINUTE_MS);
  });
});

test('a watch whose clock stands still for an hour goes on evaluating at its interval', async () => {
  await withWatch(harness, {}, async ({ world }) => {
    await harness.env.sleep(20 * MINUTE_MS);
    const gaps = world.askedMs.slice(1).map((ms, index) => ms - (world.askedMs[index] ?? 0));
    expect(world.askedMs.length).toBeGreaterThanOrEqual(18);
    expect(world.askedMs.length).toBeLessThanOrEqual(22);
    expect(Math.max(...gaps)).toBeLessThan(2 * MINUTE_MS);
  });
});
