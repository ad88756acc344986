/** The workflow `watchPrivileges` on a real server in real time, with scripted activities. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DefaultLogger } from '@temporalio/worker';
import { evaluateNow } from '../../../contracts/privileges/signals-and-queries.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { startRealTime } from '../../fixtures/temporal-environments.ts';
import type { Harness } from '../heal-node/harness.ts';
import { FINE, INTERVAL_MS, reportOf, untilEvaluated, withWatch } from './harness.ts';

/** A history of so many events is continued in a new run. */
const SUGGESTS_EARLY = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40'];
const UNTIL = { timeoutMs: 120_000, pollMs: 50 };

let harness: Harness;
beforeAll(async () => {
  installQuietRuntime();
  harness = { env: await startRealTime(SUGGESTS_EARLY), bundle: await bundleWorkflows(new DefaultLogger('ERROR')) };
});
afterAll(async () => harness?.env.teardown());

test('M51: an Event of a drift is written once while it lasts, and again when it comes back', async () => {
  await withWatch(
    harness,
    () => reportOf(0),
    async (watch) => {
      await untilEvaluated(watch, 4);
      expect(watch.world.recorded).toHaveLength(1);
      expect(await watch.status()).toMatchObject({ state: 'drift', unavailable: null, writeProblem: null });
      watch.world.evaluation = () => reportOf(FINE);
      await waitUntil(async () => (await watch.status()).state === 'ok', { what: 'no drift', ...UNTIL });
      watch.world.evaluation = () => reportOf(0);
      await waitUntil(() => watch.world.recorded.length === 2, { what: 'the second Event', ...UNTIL });
      watch.world.evaluation = () => reportOf(1);
      await waitUntil(() => watch.world.recorded.length === 3, { what: 'an Event of another drift', ...UNTIL });
    },
  );
});

test('what was told goes into new runs, and so does the report', async () => {
  await withWatch(
    harness,
    () => reportOf(0),
    async (watch) => {
      const runs = new Set<string>();
      await waitUntil(
        async () => {
          runs.add((await watch.handle.describe()).runId);
          return runs.size > 2;
        },
        { what: 'two new runs', ...UNTIL },
      );
      const status = await watch.status();
      expect(status.evaluations).toBeGreaterThan(5);
      expect(status.report?.counts.more).toBe(1);
      expect(watch.world.recorded).toHaveLength(1);
    },
  );
});

test('an Event that could not be written is due again after the next evaluation', async () => {
  await withWatch(
    harness,
    () => reportOf(0),
    async (watch) => {
      watch.world.recordingFailures = 3;
      await waitUntil(() => watch.world.recorded.length === 1, { what: 'the Event', ...UNTIL });
      expect(watch.world.recordingFailures).toBe(0);
      await untilEvaluated(watch, 3);
      expect(watch.world.recorded).toHaveLength(1);
      expect((await watch.status()).writeProblem).toBeNull();
    },
  );
});

test('evaluateNow compares at once, long before the next evaluation is due', async () => {
  await withWatch(
    harness,
    () => reportOf(FINE, 86_400_000),
    async (watch) => {
      await untilEvaluated(watch, 1);
      watch.world.evaluation = () => reportOf(0, 86_400_000);
      const reports = await Promise.all([1, 2].map(() => watch.handle.executeUpdate(evaluateNow)));
      expect(reports.map(({ counts }) => counts.more)).toEqual([1, 1]);
      expect(await watch.status()).toMatchObject({ state: 'drift' });
      await expect(watch.handle.executeUpdate('evaluateNow', { args: [{ by: 'x' }] })).rejects.toThrow();
    },
  );
});

test('M50: a file that is refused leaves the state unknown, and the last report is kept', async () => {
  await withWatch(
    harness,
    () => reportOf(FINE),
    async (watch) => {
      await untilEvaluated(watch, 1);
      watch.world.evaluation = () => ({ kind: 'unavailable', message: 'line 4: no reason', intervalMs: INTERVAL_MS });
      await waitUntil(async () => (await watch.status()).state === 'unknown', { what: 'unknown', ...UNTIL });
      const status = await watch.status();
      expect(status.unavailable).toBe('line 4: no reason');
      expect(status.report?.counts['as-declared']).toBe(1);
      await expect(watch.handle.executeUpdate(evaluateNow)).rejects.toThrow();
    },
  );
});

test('an activity that returns something else is a failure, not the end of the watch', async () => {
  await withWatch(
    harness,
    () => ({ kind: 'report', report: { rows: 7 }, intervalMs: 1 }) as never,
    async (watch) => {
      await untilEvaluated(watch, 1);
      const status = await watch.status();
      expect(status.unavailable).toContain('returned result.report');
      expect(status.nextEvaluationMs - (status.lastEvaluationMs ?? 0)).toBe(60_000);
    },
  );
});

test.each([
  ['another id', { id: 'other' }, /workflow id: expected watch-privileges/],
  ['a cluster that is none', { input: { cluster: 'A b', searchAttributes: true } }, /input.cluster/],
])('a watch with %s is refused', async (_, start, problem) => {
  await withWatch(
    harness,
    () => reportOf(FINE),
    async ({ handle }) => {
      const error: unknown = await handle.result().catch((failure: unknown) => failure);
      expect(String((error as { cause?: unknown }).cause)).toMatch(problem);
    },
    start,
  );
});
