/** The steps of the guard: look at the cluster, give and free slots, have abandoned nodes recovered, wait. */

import { CancellationScope, getExternalWorkflowHandle, isCancellation, log } from '@temporalio/workflow';
import type { SurveyClusterInput } from '../../contracts/maintenance/activities.ts';
import type { ExplainNodePayload, NodeExplanation } from '../../contracts/maintenance/guard-maintenance.ts';
import { slotGranted, slotWaits } from '../../contracts/maintenance/signals-and-queries.ts';
import { clockTime } from '../../domain/clock-time.ts';
import { cutText } from '../../domain/cut-text.ts';
import { ownMessageOf } from '../../domain/error-message.ts';
import { breakerReason } from '../../domain/maintenance/breaker.ts';
import { reasonsToWait } from '../../domain/maintenance/grant.ts';
import { endsSoon } from '../../domain/maintenance/pause-end.ts';
import { settle, type Waiting } from '../../domain/maintenance/settle.ts';
import type { SlotRequest, WaitKind } from '../../domain/maintenance/slots.ts';
import type { Survey, SurveyedNode } from '../../domain/maintenance/survey.ts';
import { waitForNews } from '../watch-run.ts';
import { nowOf } from '../workflow-time.ts';
import { callOf } from './calls.ts';
import type { GuardSession } from './guard-session.ts';

/** While slots are out or asked for. */
const LOOK_EVERY_MS = 60_000;
const LOOK_IDLE_MS = 600_000;
const LOOK_AGAIN_MS = 15_000;
/** What still fails then is due again a little later, and shown meanwhile. */
const LOOK_ATTEMPTS_MAX = 3;
const MESSAGE_LENGTH_MAX = 500;

export function isDue(session: GuardSession): boolean {
  return (session.isNews && session.problem === null) || nowOf(session) >= dueMs(session);
}

function dueMs({ lookedMs, problem, ledger }: GuardSession): number {
  if (lookedMs === null) return 0;
  const isBusy = ledger.slots.length > 0 || ledger.requests.length > 0 || breakerReason(ledger.breaker) !== null;
  const everyMs = problem !== null ? LOOK_AGAIN_MS : isBusy ? LOOK_EVERY_MS : LOOK_IDLE_MS;
  const isSettling = lookedMs < ledger.givesFromMs;
  return isSettling ? Math.min(lookedMs + everyMs, ledger.givesFromMs) : lookedMs + everyMs;
}

export async function look(session: GuardSession): Promise<void> {
  session.isNews = false;
  session.returned = new Set();
  const survey = await surveyNow(session);
  session.lookedMs = nowOf(session);
  if (survey === null) return;
  session.survey = survey;
  warnOfPause(session);
  const settled = settle(session.ledger, survey, { nowMs: nowOf(session), returned: session.returned });
  session.ledger = settled.ledger;
  // Nothing that the next look decides depends on their arrival.
  const told = [
    ...settled.granted.map((request) => answer(request, [])),
    ...settled.news.map(({ request, reasons }) => answer(request, reasons)),
  ];
  session.telling = Promise.allSettled([session.telling, ...told]).then(() => undefined);
  await Promise.all(settled.abandoned.map((node) => recover(session, node)));
  await makeKnown(session);
}

/** Whoever waits asks again seldom, and who is held has told it once: both went with the guard before. */
async function makeKnown(session: GuardSession): Promise<void> {
  if (session.isKnown) return;
  const call = { summary: 'tell whoever waits', input: { cluster: session.cluster }, attemptsMax: LOOK_ATTEMPTS_MAX };
  session.isKnown = await tried('to tell whoever waits', callOf('wakeMaintenances', call));
}

/** Once for each pause; the alert VigilantePauseExpires says the same. */
function warnOfPause(session: GuardSession): void {
  const { pause } = session.ledger;
  if (pause === null || pause.untilMs === session.warnedPauseMs || !endsSoon(pause, nowOf(session))) return;
  session.warnedPauseMs = pause.untilMs;
  log.warn('a pause of the maintenance ends within an hour', { ...pause });
}

/** Null where the cluster or Temporal could not be asked: then nothing is given. */
async function surveyNow(session: GuardSession): Promise<Survey | null> {
  const { slots, requests } = session.ledger;
  try {
    const survey = await callOf('surveyCluster', {
      summary: `look: ${slots.length} slots, ${requests.length} requests`,
      input: {
        slots: slots.map(({ node }) => node.name),
        requests: requests.map(({ node, purpose, group }) => ({ node: node.name, purpose, group })),
        shown: shownOf(session),
      },
      attemptsMax: LOOK_ATTEMPTS_MAX,
    });
    session.problem = null;
    return survey;
  } catch (error) {
    if (isCancellation(error)) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    session.problem = cutText(ownMessageOf(cause), MESSAGE_LENGTH_MAX);
    log.warn('the cluster could not be looked at, nothing is given', { problem: session.problem });
    return null;
  }
}

function shownOf(session: GuardSession): SurveyClusterInput['shown'] {
  const { slots, requests, breaker, pause } = session.ledger;
  const longest = new Map<WaitKind, number>();
  for (const { reasons, firstAskedMs } of requests) {
    const waitedMs = nowOf(session) - firstAskedMs;
    for (const { kind } of reasons) longest.set(kind, Math.max(longest.get(kind) ?? 0, waitedMs));
  }
  return {
    held: slots.filter(({ held }) => held).map(({ node }) => node.name),
    isBreakerOpen: breakerReason(breaker) !== null,
    pauseUntilMs: pause?.untilMs ?? null,
    waiting: [...longest].map(([kind, longestMs]) => ({ kind, longestMs })),
  };
}

/** A workflow that is gone is answered by the next look, which frees its slot. */
async function answer({ workflow, stage }: SlotRequest, reasons: Waiting['reasons']): Promise<void> {
  const signal = reasons.length === 0 ? slotGranted : slotWaits;
  const details = reasons.map(({ detail }) => detail);
  try {
    await getExternalWorkflowHandle(workflow).signal(signal, { stage, reasons: details });
  } catch (error) {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
    log.info('whoever asked for a slot is gone', { workflow });
  }
}

/** Starts the form of `maintainNode` that acts on nothing: it undoes, or proves and gives back (M21). */
async function recover({ cluster }: GuardSession, { name, uid, mark }: SurveyedNode): Promise<void> {
  if (uid === null || mark === null || mark === 'unreadable') return;
  const { run, group, purpose, expect } = mark;
  const input = {
    cluster,
    node: { name, uid },
    run,
    group,
    purpose,
    phase: 'node',
    executor: null,
    expect,
    parent: null,
  } as const;
  log.warn('a mark without a running workflow is recovered', { node: name });
  const call = { summary: `recover ${name}`, input, attemptsMax: LOOK_ATTEMPTS_MAX };
  await tried(`to recover ${name}`, callOf('recoverNode', call));
}

/** False where it failed: it is due again at the next look. */
async function tried(what: string, call: Promise<void>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(`${what}: failed, tried again at the next look`);
    return false;
  }
}

/** Until the next look is due, or a message brings news. */
export async function waitForNext(session: GuardSession): Promise<void> {
  const untilMs = dueMs(session);
  await waitForNews(session, {
    untilMs,
    isNews: () => session.isNews && session.problem === null,
    summary: `until the next look at ${clockTime(untilMs)}`,
  });
}

/** Looks at the cluster with this node as if it asked. */
export async function explain(
  session: GuardSession,
  { node: name, purpose }: ExplainNodePayload,
): Promise<NodeExplanation> {
  const { slots } = session.ledger;
  const survey = await callOf('surveyCluster', {
    summary: `why does ${name} wait?`,
    input: {
      slots: slots.map(({ node }) => node.name),
      requests: [{ node: name, purpose, group: '' }],
      shown: shownOf(session),
    },
    attemptsMax: LOOK_ATTEMPTS_MAX,
  });
  const seen = survey.nodes.find((node) => node.name === name);
  if (seen === undefined || seen.uid === null) return { node: name, kind: 'gone', reasons: [] };
  const nowMs = nowOf(session);
  const node = { name, uid: seen.uid };
  const { ledger } = session;
  if (ledger.slots.some((slot) => slot.node.name === name)) return { node: name, kind: 'in-work', reasons: [] };
  const asked = { node, workflow: '', group: seen.group ?? '', purpose, stage: 'take', drains: true } as const;
  const request = { ...asked, firstAskedMs: nowMs, lastAskedMs: nowMs, reasons: [] };
  const reasons = reasonsToWait(request, { ledger, survey, nowMs });
  return { node: name, kind: reasons.length === 0 ? 'would-be-granted' : 'would-wait', reasons };
}
