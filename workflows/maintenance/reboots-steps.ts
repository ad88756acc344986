/** The steps of the watch of reboots: look, remember what has ended, start who is next, wait. */

import { log, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { MaintainNodeInput } from '../../contracts/maintenance/maintain-node.ts';
import { MAINTAIN_NODE_WORKFLOW, maintainNodeWorkflowId } from '../../contracts/maintenance/names.ts';
import { REBOOT_RESULTS } from '../../contracts/maintenance/reboots-parser.ts';
import {
  REBOOTS_RUN,
  type RebootActivities,
  type RebootSurvey,
  ROWS_SHOWN_MAX,
} from '../../contracts/maintenance/watch-reboots.ts';
import { clockTime } from '../../domain/clock-time.ts';
import { describeReboots } from '../../domain/maintenance/reboot-messages.ts';
import {
  type AskedReboot,
  afterEnding,
  type RebootEnding,
  rebootRound,
  withAsked,
} from '../../domain/maintenance/reboot-round.ts';
import { callerOf } from '../activity-calls.ts';
import { startAbandoned } from '../start-abandoned.ts';
import { waitForNews } from '../watch-run.ts';
import { nowOf } from '../workflow-time.ts';
import { pauseOf, type RebootsSession, statusOf } from './reboots-session.ts';

const call = callerOf<RebootActivities>(REBOOT_RESULTS);

/** All nodes and many pods of a large cluster, and what the collector says of them. */
const SURVEY_START_TO_CLOSE_MS = 300_000;
const CLEAR_START_TO_CLOSE_MS = 120_000;
/** Until the next look where the last one did not even say when it is due. */
const FAILED_INTERVAL_MS = 60_000;

export function isDue(session: RebootsSession): boolean {
  return nowOf(session) >= session.dueMs;
}

/** One at a time: whoever comes while one is under way shares it. */
export function look(session: RebootsSession, summary: string): Promise<boolean> {
  session.underWay ??= lookOnce(session, summary).finally(() => {
    session.underWay = null;
  });
  return session.underWay;
}

async function lookOnce(session: RebootsSession, summary: string): Promise<boolean> {
  const { asked, memories } = session.ledger;
  const wasDueMs = session.dueMs;
  const result = await call(
    'surveyReboots',
    { summary, startToCloseMs: SURVEY_START_TO_CLOSE_MS, heartbeats: true },
    {
      remembered: memories.map(({ node }) => node),
      asked: asked.map(({ node }) => node),
      ineffective: session.shown.ineffectiveCount,
    },
  );
  const lookedMs = nowOf(session);
  session.problem = result.ok ? null : result.message;
  if (result.ok) await act(session, result.value);
  session.lookedMs = lookedMs;
  // Whoever resumes meanwhile wants another look at once.
  if (session.dueMs === wasDueMs) session.dueMs = lookedMs + (result.ok ? result.value.intervalMs : FAILED_INTERVAL_MS);
  show(session);
  return result.ok;
}

async function act(session: RebootsSession, survey: RebootSurvey): Promise<void> {
  await Promise.all(survey.endings.map((ending) => end(session, ending)));
  const moment = { rules: survey.rules, nowMs: nowOf(session), isPaused: pauseOf(session) !== null };
  const { starts, rows, ledger } = rebootRound(session.ledger, survey.candidates, moment);
  session.ledger = ledger;
  session.shown = {
    requiredCount: survey.requiredCount,
    unknownCount: survey.unknownCount,
    ineffectiveCount: rows.filter(({ kind }) => kind === 'ineffective').length,
    rows: rows.slice(0, ROWS_SHOWN_MAX),
  };
  const groups = new Map(survey.candidates.map(({ node, group }) => [node.name, group]));
  await Promise.all(starts.map((one) => start(session, one, { survey, group: groups.get(one.node.name) ?? '' })));
}

/** A request that is not taken away would have the node rebooted again: it stays in work until it is. */
async function end(session: RebootsSession, ending: RebootEnding): Promise<void> {
  const asked = session.ledger.asked.find(({ node }) => node.name === ending.node.name);
  if (asked === undefined) return;
  log.info('a reboot has ended', { node: ending.node.name, outcome: ending.outcome });
  if (ending.outcome === 'done' && asked.needs.some(({ kind }) => kind === 'asked-for')) {
    const summary = `take the request off ${ending.node.name}`;
    const how = { summary, startToCloseMs: CLEAR_START_TO_CLOSE_MS, heartbeats: false };
    const cleared = await call('clearRebootRequest', how, asked.node);
    if (!cleared.ok || cleared.value === 'uncleared') {
      session.problem = `the request for a reboot of ${ending.node.name} could not be taken away`;
      return;
    }
  }
  session.ledger = afterEnding(session.ledger, ending, nowOf(session));
}

/** Whoever has the node already keeps it: the id is the lock. */
async function start(
  session: RebootsSession,
  one: AskedReboot,
  { survey, group }: { readonly survey: RebootSurvey; readonly group: string },
): Promise<void> {
  const { cluster } = session.input;
  const { node, askedMs } = one;
  const input: MaintainNodeInput = {
    cluster,
    node,
    run: REBOOTS_RUN,
    group,
    purpose: 'reboot',
    phase: 'node',
    executor: survey.executor,
    // A sentinel that is still there is no reason to hold the node: it makes the reboot ineffective.
    expect: { kubelet: null, bootIdChanged: true, sentinelGone: false, ...survey.expect },
    // They are started at once, and ask in any order: their slots are given in ours.
    queuedMs: askedMs,
    parent: workflowInfo().workflowId,
  };
  // What has begun is finished, whatever becomes of this watch. Its end is asked for at each look, so that a run that
  // continues as new loses none.
  const child = await startAbandoned(MAINTAIN_NODE_WORKFLOW, {
    workflowId: maintainNodeWorkflowId({ cluster, node: node.name }),
    input,
    staticSummary: `Reboot ${node.name}`,
    subject: { run: REBOOTS_RUN, cluster, node: node.name },
  });
  if (child === null) log.info('a node that needs a reboot has another maintenance', { node: node.name });
  else session.ledger = withAsked(session.ledger, one);
}

/** Until the next look is due, a signal or a look by hand has moved it, or the history is long. */
export async function waitForNext(session: RebootsSession): Promise<void> {
  const { dueMs } = session;
  await waitForNews(session, {
    untilMs: dueMs,
    isNews: () => session.dueMs !== dueMs || session.underWay !== null,
    summary: `until the next look at ${clockTime(dueMs)}`,
  });
  if (session.underWay !== null) await session.underWay;
}

export function show(session: RebootsSession): void {
  setCurrentDetails(describeReboots(statusOf(session)));
}
