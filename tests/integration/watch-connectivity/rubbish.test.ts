/**
 * Rubbish in the signals of a watch, on a server in real time: the one that skips time was seen to lose signals that come
 * so quickly on a busy machine.
 */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DefaultLogger } from '@temporalio/worker';
import { anything, sample } from 'fast-check';
import { changePolicy, pauseWatching, resumeWatching } from '../../../contracts/connectivity/signals-and-queries.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { startRealTime } from '../../fixtures/temporal-environments.ts';
import type { Harness } from '../heal-node/harness.ts';
import { WATCH_POLICY, withWatch } from './harness.ts';

const WAIT_MS = 120_000;

let harness: Harness;
beforeAll(async () => {
  installQuietRuntime();
  const bundle = await bundleWorkflows(new DefaultLogger('ERROR'));
  harness = { env: await startRealTime([]), bundle };
});
afterAll(async () => harness?.env.teardown());

test('rubbish in signals is ignored, whatever it is', async () => {
  const rubbishes = anything({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value) ?? 'null'));
  const rubbish = sample(rubbishes, 60);
  const policy = { ...WATCH_POLICY, intervalMs: 300, searchAttributes: false };
  await withWatch(harness, { policy }, async (watch) => {
    const evaluatedAgain = async () => {
      const { length } = watch.world.askedMs;
      await waitUntil(async () => watch.world.askedMs.length > length + 3, {
        what: 'four evaluations',
        timeoutMs: WAIT_MS,
      });
    };
    for (const payload of rubbish) {
      await watch.handle.signal(changePolicy.name, payload);
      await watch.handle.signal(resumeWatching.name, payload);
    }
    for (const key of Object.keys(policy)) await watch.handle.signal(changePolicy.name, { ...policy, [key]: 1e300 });
    await evaluatedAgain();
    expect(await watch.status()).toMatchObject({ state: 'ok', policy, transitions: [{ to: 'ok' }] });
    for (const payload of rubbish.slice(0, 20)) {
      await watch.handle.signal(pauseWatching.name, payload);
      await watch.handle.signal(resumeWatching.name, payload);
    }
    await evaluatedAgain();
    expect(await watch.status()).toMatchObject({ state: 'ok', policy });
    expect((await watch.handle.describe()).status.name).toBe('RUNNING');
  });
});
