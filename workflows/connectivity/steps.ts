/** The steps of a watch: ask the collector, take its verdict into account, write to the nodes, wait. */

import { condition, log, workflowInfo } from '@temporalio/workflow';
import type { NodeConnectivityChange } from '../../contracts/connectivity/activities.ts';
import { parseConnectivityVerdict } from '../../contracts/connectivity/parser.ts';
import type { Evaluation } from '../../contracts/connectivity/watch-connectivity.ts';
import { clockTime } from '../../domain/clock-time.ts';
import { adoptNodes, changesDone, dueChanges, dueHeals, healDone } from '../../domain/connectivity/effects.ts';
import type { NodeWatch } from '../../domain/connectivity/node-alarms.ts';
import { applyEvaluation, shownState } from '../../domain/connectivity/watch.ts';
import { cutText } from '../../domain/cut-text.ts';
import { waitForNews } from '../watch-run.ts';
import { nowOf } from '../workflow-time.ts';
import { call } from './calls.ts';
import type { WatchSession } from './session.ts';
import { showState } from './view.ts';

/** All tries of one evaluation end within the interval, and within this time. */
const EVALUATION_MAX_MS = 10_000;
const EVALUATION_MIN_MS = 1_000;
/** More than the activity takes by itself: it is for a worker that was killed. */
const EVALUATION_GRACE_MS = 5_000;
/** A hundred nodes, some at a time; the activity leaves what takes longer than a minute to the next evaluation. */
const NODES_START_TO_CLOSE_MS = 300_000;
/** One request to the API server and one to Temporal, each as long as they may take. */
const HEAL_START_TO_CLOSE_MS = 120_000;
const TEXT_LENGTH_MAX = 500;

/** Whether an evaluation is to be made now. */
export function isDue(session: WatchSession): boolean {
  return session.state.pause === null && nowOf(session) >= session.dueMs;
}

/** One at a time: whoever comes while one is under way gets its answer. */
export function evaluate(session: WatchSession, summary: string): Promise<Evaluation> {
  session.underWay ??= ask(session, summary).finally(() => {
    session.underWay = null;
  });
  return session.underWay;
}

/** The evaluation that the policy asks for: only this one counts, also where it shares one asked for by hand. */
export async function evaluateDue(session: WatchSession): Promise<void> {
  const beganMs = nowOf(session);
  const evaluation = await evaluate(session, `evaluation ${session.state.evaluations + 1}`);
  // Paused meanwhile: it is not counted.
  if (session.state.pause !== null) return;
  const nowMs = nowOf(session);
  session.state = applyEvaluation(session.state, evaluation, { rules: session.policy, nowMs });
  session.writeProblem = null;
  await adoptEarlierAlarms(session);
  await recordChanges(session);
  await restartHeals(session);
  const endedMs = nowOf(session);
  const nextMs = beganMs + session.policy.intervalMs;
  // One that took longer than the interval is not made up for.
  session.dueMs = nextMs > endedMs ? nextMs : endedMs + session.policy.intervalMs;
  showState(session);
}

/** Until the next evaluation is due, or a signal brings news. While paused no timer runs. */
export async function waitForNext(session: WatchSession): Promise<void> {
  const { policy, dueMs, state } = session;
  const isNews = () => session.policy !== policy || session.dueMs !== dueMs || session.state.pause !== state.pause;
  if (state.pause !== null) {
    await condition(() => isNews() || workflowInfo().continueAsNewSuggested);
    return;
  }
  const summary = `until evaluation ${state.evaluations + 1} at ${clockTime(dueMs)}`;
  await waitForNews(session, { untilMs: dueMs, isNews, summary });
}

async function ask(session: WatchSession, summary: string): Promise<Evaluation> {
  const { intervalMs } = session.policy;
  const timeoutMs = Math.max(EVALUATION_MIN_MS, Math.min(EVALUATION_MAX_MS, Math.floor(intervalMs / 2)));
  const how = { summary, startToCloseMs: timeoutMs + EVALUATION_GRACE_MS, heartbeats: false };
  const state = shownState(session.state);
  const result = await call('evaluateConnectivity', how, { timeoutMs, intervalMs, state });
  const atMs = nowOf(session);
  const evaluation: Evaluation = result.ok
    ? boundedEvaluation(result.value)
    : { kind: 'unavailable', atMs, message: result.message };
  session.lastEvaluationMs = atMs;
  session.unavailable = evaluation.kind === 'unavailable' ? evaluation.message : null;
  if (evaluation.kind === 'verdict') session.verdict = evaluation.verdict;
  return evaluation;
}

/** The activity has bounded it already, unless somebody has completed it by hand. */
function boundedEvaluation(evaluation: Evaluation): Evaluation {
  if (evaluation.kind === 'unavailable')
    return { ...evaluation, message: cutText(evaluation.message, TEXT_LENGTH_MAX) };
  const parsed = parseConnectivityVerdict(evaluation.verdict);
  return parsed.ok ? { ...evaluation, verdict: parsed.value } : evaluation;
}

/** Once in the life of a watch: without it a node that recovered while no watch ran would keep its condition. */
async function adoptEarlierAlarms(session: WatchSession): Promise<void> {
  if (session.adopted) return;
  const how = {
    summary: 'which nodes did an earlier watch leave as alarmed?',
    startToCloseMs: NODES_START_TO_CLOSE_MS,
    heartbeats: true,
  };
  const found = await call('findAlarmedNodes', how);
  if (!found.ok) {
    session.writeProblem = found.message;
    return;
  }
  session.adopted = true;
  session.state = adoptNodes(session.state, found.value);
}

async function recordChanges(session: WatchSession): Promise<void> {
  // Before that it is not known what the nodes' conditions say.
  if (!session.adopted) return;
  const changes = dueChanges(session.state);
  if (changes.length === 0) return;
  const how = { summary: changesSummary(changes), startToCloseMs: NODES_START_TO_CLOSE_MS, heartbeats: true };
  const result = await call('recordNodeConnectivity', how, { changes });
  session.writeProblem = result.ok ? (result.value.problem ?? null) : result.message;
  if (!result.ok) return;
  const done = changes.flatMap((change, index) => {
    const outcome = result.value.outcomes[index] ?? 'refused';
    return outcome === 'refused' ? [] : [{ change, gone: outcome !== 'written' }];
  });
  session.state = changesDone(session.state, done);
}

async function restartHeals(session: WatchSession): Promise<void> {
  const due = dueHeals(session.state, session.policy, nowOf(session));
  await Promise.all(due.map((node) => restartHeal(session, node)));
}

async function restartHeal(session: WatchSession, { name, uid, message }: NodeWatch): Promise<void> {
  const node = { name, uid };
  const how = {
    summary: `restart the heal of ${node.name}`,
    startToCloseMs: HEAL_START_TO_CLOSE_MS,
    heartbeats: false,
  };
  const reason = `its agents lost their connectivity: ${message}`;
  const result = await call('restartHealOfNode', how, { node, reason });
  if (!result.ok) {
    session.writeProblem = result.message;
    return;
  }
  const quietMs = result.value.kind === 'restarted' ? result.value.windowMs : 0;
  session.state = healDone(session.state, node.uid, { nowMs: nowOf(session), quietMs });
  log.info('heal of a node whose agents alarmed', { node: node.name, outcome: result.value.kind });
}

function changesSummary(changes: readonly NodeConnectivityChange[]): string {
  const lost = changes.filter(({ alarmed }) => alarmed).length;
  return `condition and Event: ${lost} nodes lost their connectivity, ${changes.length - lost} have it again`;
}
