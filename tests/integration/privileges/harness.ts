/** Runs the built `watchPrivileges` on a real server, with scripted activities. */

import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { maintenanceTaskQueue } from '../../../contracts/names.ts';
import type { PrivilegesActivities, PrivilegesEvaluation } from '../../../contracts/privileges/activities.ts';
import { privilegesStatus } from '../../../contracts/privileges/signals-and-queries.ts';
import {
  type PrivilegeRow,
  WATCH_PRIVILEGES_WORKFLOW,
  watchPrivilegesWorkflowId,
} from '../../../contracts/privileges/watch-privileges.ts';
import { NOTHING_DECLARED } from '../../../domain/privileges/declaration.ts';
import { privilegesReport } from '../../../domain/privileges/report.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { linuxContainer, linuxRow } from '../../fixtures/privileges.ts';
import type { Harness } from '../heal-node/harness.ts';

export const INTERVAL_MS = 200;
const UNTIL = { timeoutMs: 120_000, pollMs: 50 };

interface World {
  /** Throws as an activity does whose server is away. */
  evaluation: () => PrivilegesEvaluation;
  readonly recorded: PrivilegeRow[];
  /** As many calls as fail before one is taken. */
  recordingFailures: number;
  evaluations: number;
}

/** A report of a container with this user; that of another user is as declared. */
export function reportOf(uid: number, intervalMs = INTERVAL_MS): PrivilegesEvaluation {
  const report = privilegesReport({
    atMs: Date.now(),
    declarations: { ...NOTHING_DECLARED, rows: [linuxRow()] },
    containers: [linuxContainer({ uid })],
    processesOf: () => [],
    problems: [],
  });
  return { kind: 'report', report, intervalMs };
}

export const FINE = 65_534;

export interface Watch {
  readonly world: World;
  readonly handle: WorkflowHandle;
  status(): ReturnType<typeof statusOf>;
}

const statusOf = (handle: WorkflowHandle) => handle.query(privilegesStatus);

export async function withWatch<T>(
  { env, bundle }: Harness,
  evaluation: World['evaluation'],
  body: (watch: Watch) => Promise<T>,
  start: { readonly input?: object; readonly id?: string } = {},
): Promise<T> {
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

export const untilEvaluated = (watch: Watch, count: number) =>
  waitUntil(async () => ((await watch.status()).evaluations >= count ? true : null), {
    what: `evaluation ${count}`,
    ...UNTIL,
  });
