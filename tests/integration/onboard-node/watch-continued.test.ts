/** A watch without end goes on in a new run where the server suggests it: with its whole state (E47). */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DefaultLogger } from '@temporalio/worker';
import type { OnboardingPolicy } from '../../../contracts/healing/onboard-node.ts';
import { healingStatus, restartHealing } from '../../../contracts/healing/signals-and-queries.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { startRealTime } from '../../fixtures/temporal-environments.ts';
import type { Harness } from '../heal-node/harness.ts';
import { of } from '../heal-node/world.ts';
import { withOnboarding } from './harness.ts';

const SUGGESTS_EARLY = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=30'];
const TIMEOUT_MS = 120_000;
/** Real time: an attempt each second. */
const POLICY = {
  intervalMs: 1_000,
  searchAttributes: false,
  early: { proofsInARow: 1, proofsOverMs: 0, intervalFirstMs: 1_000 },
  relapse: { watch: 'always', intervalMs: 1_000, intervalLaterMs: 1_000, refutedInARow: 2 },
} satisfies Partial<OnboardingPolicy>;

let harness: Harness;
beforeAll(async () => {
  installQuietRuntime();
  const bundle = await bundleWorkflows(new DefaultLogger('ERROR'));
  harness = { env: await startRealTime(SUGGESTS_EARLY), bundle };
});
afterAll(async () => harness?.env.teardown());

test('E47: status, restart and cancel work across the runs of a watch, and its details say what it is', async () => {
  await withOnboarding(harness, { policy: POLICY }, async ({ world, handle }) => {
    const { client } = harness.env;
    const latest = client.workflow.getHandle(handle.workflowId);
    const firstRunId = (await latest.describe()).runId;
    const isContinued = async () => ((await latest.describe()).runId === firstRunId ? null : true);
    await waitUntil(isContinued, { what: 'a new run', timeoutMs: TIMEOUT_MS });
    const [mark] = of(world.events, 'annotate');
    const status = await latest.query(healingStatus);
    expect(status).toMatchObject({ state: 'watching', relapses: 0, watch: { untilMs: null } });
    expect(Math.abs((status.watch?.markedMs ?? 0) - (mark?.atMs ?? 0))).toBeLessThan(5_000);
    expect(of(world.events, 'annotate')).toHaveLength(1);
    const numbers = world.probes.map(({ attempt }) => attempt);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const details = async () => {
      const { currentDetails } = await latest.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      return currentDetails.includes('marked at') ? currentDetails : null;
    };
    expect(await waitUntil(details, { what: 'the details of the new run', timeoutMs: TIMEOUT_MS })).toContain(
      'Watching',
    );

    await latest.signal(restartHealing, {});
    await waitUntil(async () => (of(world.events, 'annotate').length === 2 ? true : null), {
      what: 'the mark after the restart',
      timeoutMs: TIMEOUT_MS,
    });
    await latest.cancel();
    await expect(latest.result()).rejects.toThrow();
    expect(of(world.events, 'clean-up')).toHaveLength(1);
  });
});
