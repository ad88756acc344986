/** The workflow `watchPrivileges` on a real server in real time, with scripted activities. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';

import { maintenanceTaskQueue } from '../../../contracts/names.ts';
import type { PrivilegesActivities, PrivilegesEvaluation } from '../../../contracts/privileges/activities.ts';
import { evaluateNow, privilegesStatus } from '../../../contracts/privileges/signals-and-queries.ts';
import {
  type PrivilegeRow,
  WATCH_PRIVILEGES_WORKFLOW,
  watchPrivilegesWorkflowId,
} from '../../../contracts/privileges/watch-privileges.ts';
import { NOTHING_DECLARED } from '../../../domain/privileges/declaration.ts';
import { privilegesReport } from '../../../domain/privileges/report.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { linuxContainer, linuxRow } from '../../fixtures/privileges.ts';
import { startRealTime } from '../../fixtures/temporal-environments.ts';
import type { Harness } from '../heal-node/harness.ts';

/** A history of so many events is continued in a new run. */
const SUGGESTS_EARLY = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40'];
const INTERVAL_MS = 200;
const UNTIL = { timeoutMs: 120_000, pollMs: 50 };

let harness: Harness;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR' } } });
  harness = { env: await startRealTime(SUGGESTS_EARLY), bundle: await bundleWorkflows(new DefaultLogger('ERROR')) };
});
afterAll(async () => harness?.env.teardown());

interface World {
  /** Throws as an activity does whose server is away. */
  evaluation: () => PrivilegesEvaluation;
  readonly recorded: PrivilegeRow[];
  /** As many calls as fail before one is taken. */
  recordingFailures: number;
  evaluations: number;
}

/** A report of a container with this user; that of another user is as declared. */
function reportOf(uid: number, intervalMs = INTERVAL_MS): PrivilegesEvaluation {
  const report = privilegesReport({
    atMs: Date.now(),
    declarations: { ...NOTHING_DECLARED, rows: [linuxRow()] },
    containers: [linuxContainer({ uid })],
    processesOf: () => [],
    problems: [],
  });
  return { kind: 'report', report, intervalMs };
}

const FINE = 65_534;

interface Watch {
  readonly world: World;
  readonly handle: WorkflowHandle;
  status(): ReturnType<typeof statusOf>;
}

const statusOf = (handle: WorkflowHandle) => handle.query(privilegesStatus);

async function withWatch<T>(
  evaluation: World['evaluation'],
  body: (watch: Watch) => Promise<T>,
  start: { readonly input?: object; readonly id?: string } = {},
): Promise<T> {
  const { env, bundle } = harness;
  const cluster = `test-${randomUUID().slice(0, 8)}`;
  const world: World = { evaluation, recorded: [], recordingFailures: 0, evaluations: 0 };
  const activities: PrivilegesActivities = {
    async evaluatePrivileges() {
      world.evaluations += 1;
      return world.evaluation();
    },
    async recordPrivilegeDrift({ rows }) {
      if (world.recordingFailures > 0) {
        world.recordingFailures -= 1;
        throw new Error('away');
      }
      world.recorded.push(...rows);
      return { problem: null };
    },
  };
  const taskQueue = maintenanceTaskQueue(cluster);
  const worker = await Worker.create({
    connection: env.nativeConnection,
    activities: { ...activities },
    taskQueue,
    workflowBundle: bundle,
  });
  return worker.runUntil(async () => {
    const handle = await env.client.workflow.start(WATCH_PRIVILEGES_WORKFLOW, {
      workflowId: start.id ?? watchPrivilegesWorkflowId(cluster),
      taskQueue,
      args: [start.input ?? { cluster, searchAttributes: false }],
    });
    // Of the first run: those that follow it are asked by the id alone.
    const latest = env.client.workflow.getHandle(handle.workflowId);
    try {
      return await body({ world, handle: latest, status: () => statusOf(latest) });
    } finally {
      await latest.terminate().catch(() => undefined);
    }
  });
}

const untilEvaluated = (watch: Watch, count: number) =>
  waitUntil(async () => ((await watch.status()).evaluations >= count ? true : null), {
    what: `evaluation ${count}`,
    ...UNTIL,
  });

test('M51: an Event of a drift is written once while it lasts, and again when it comes back', async () => {
  await withWatch(
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
    () => reportOf(FINE),
    async ({ handle }) => {
      const error: unknown = await handle.result().catch((failure: unknown) => failure);
      expect(String((error as { cause?: unknown }).cause)).toMatch(problem);
    },
    start,
  );
});
