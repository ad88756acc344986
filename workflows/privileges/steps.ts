/** The steps of a watch of privileges: evaluate, write an Event of each new drift, wait. */

import type { PrivilegesActivities, PrivilegesEvaluation } from '../../contracts/privileges/activities.ts';
import { PRIVILEGES_RESULTS } from '../../contracts/privileges/parser.ts';
import { clockTime } from '../../domain/clock-time.ts';
import { driftKey, driftRows } from '../../domain/privileges/report.ts';
import { callerOf } from '../activity-calls.ts';
import { waitForNews } from '../watch-run.ts';
import { nowOf } from '../workflow-time.ts';
import type { PrivilegesSession } from './session.ts';
import { showState } from './view.ts';

const call = callerOf<PrivilegesActivities>(PRIVILEGES_RESULTS);

/** All pods of a large cluster, and what the agents of a thousand nodes have read. */
const EVALUATION_START_TO_CLOSE_MS = 300_000;
const RECORDING_START_TO_CLOSE_MS = 300_000;
/** Until the next evaluation where the last one did not even say when it is due. */
const FAILED_INTERVAL_MS = 60_000;

export function isDue(session: PrivilegesSession): boolean {
  return nowOf(session) >= session.dueMs;
}

/** One at a time: whoever comes while one is under way gets its answer. */
export function evaluate(session: PrivilegesSession, summary: string): Promise<PrivilegesEvaluation> {
  session.underWay ??= evaluateOnce(session, summary).finally(() => {
    session.underWay = null;
  });
  return session.underWay;
}

/** Until the next evaluation is due, one by hand has moved it, or the history is long. */
export async function waitForNext(session: PrivilegesSession): Promise<void> {
  const { dueMs, evaluations } = session;
  await waitForNews(session, {
    untilMs: dueMs,
    isNews: () => session.dueMs !== dueMs || session.underWay !== null,
    summary: `until evaluation ${evaluations + 1} at ${clockTime(dueMs)}`,
  });
  // The one that was asked for by hand says when the next is due.
  if (session.underWay !== null) await session.underWay;
}

async function evaluateOnce(session: PrivilegesSession, summary: string): Promise<PrivilegesEvaluation> {
  const how = { summary, startToCloseMs: EVALUATION_START_TO_CLOSE_MS, heartbeats: true };
  const result = await call('evaluatePrivileges', how);
  const evaluation: PrivilegesEvaluation = result.ok
    ? result.value
    : { kind: 'unavailable', message: result.message, intervalMs: FAILED_INTERVAL_MS };
  session.evaluations += 1;
  session.lastEvaluationMs = nowOf(session);
  session.dueMs = session.lastEvaluationMs + evaluation.intervalMs;
  session.unavailable = evaluation.kind === 'unavailable' ? evaluation.message : null;
  if (evaluation.kind === 'report') {
    session.report = evaluation.report;
    await recordDrift(session);
  }
  showState(session);
  return evaluation;
}

/** Once for each drift, while it lasts. What could not be written is due again after the next evaluation. */
async function recordDrift(session: PrivilegesSession): Promise<void> {
  const { report, told } = session;
  if (report === null) return;
  const drifts = driftRows(report);
  const rows = drifts.filter((row) => !told.includes(driftKey(row)));
  const lasting = drifts.map(driftKey).filter((key) => told.includes(key));
  session.told = lasting;
  session.writeProblem = null;
  if (rows.length === 0) return;
  const summary = `Events about ${rows.length} drifts`;
  const how = { summary, startToCloseMs: RECORDING_START_TO_CLOSE_MS, heartbeats: true };
  const result = await call('recordPrivilegeDrift', how, { atMs: report.atMs, rows });
  session.writeProblem = result.ok ? result.value.problem : result.message;
  if (result.ok) session.told = [...lasting, ...rows.map(driftKey)];
}
