/** How a heal ends: healed, left alone, handed on to a new node, or cancelled. */

import { continueAsNew, log, patched } from '@temporalio/workflow';
import type { HealNodeOutcome, HealNodeResult } from '../../contracts/healing/heal-node.ts';
import { isProven, type LeaveReason, leaveReason, windowProof } from '../../domain/healing/plan.ts';
import { catchUpState, type HealingState, observe, recordJudgement } from '../../domain/healing/state.ts';
import { beginWatch, withMark } from '../../domain/healing/watch.ts';
import type { NodeObservation } from '../../domain/node/facts.ts';
import { isForeignMark } from '../../domain/node/mark.ts';
import { nowOf } from '../workflow-time.ts';
import { call } from './calls.ts';
import { nextAction } from './decision.ts';
import { type BegunSession, type HealSession, isBegun, nodeRef, resumeOf, type StepResult } from './session.ts';
import { recordGivingUp, wait } from './steps.ts';
import { showState } from './view.ts';

/** The window is over: with the last pod judged the node is healed, unproven, or the window extends. */
export async function conclude(session: BegunSession): StepResult {
  const pods = await call(session, 'concludeHealing', {
    summary: 'judge the last pod, remove all pods',
    input: { node: nodeRef(session), previousPod: session.state.pod },
  });
  const at = { rules: session.policy, nowMs: nowOf(session) };
  const judged = recordJudgement(session.state, pods.judgement, at);
  // The version that is annotated is this one: what it shows must be known, also where every cache lags behind.
  const seen = pods.node === undefined ? judged : observe(judged, pods.node, at);
  const state = catchUpState({ ...seen, pod: null }, session.policy, at.nowMs);
  session.state = state;
  // A signal during the activity, or an outage, may have changed what is to be done: then the heal goes on.
  if (session.restart !== null || nextAction(session).kind !== 'conclude') return null;
  if (isProven(state, session.policy, at.nowMs)) return annotate(session, pods.nodeVersion);
  await recordGivingUp(session, 'unproven');
  return null;
}

/** Same name, new uid: removes the pods of the old node, and a new run heals the new node (H9). */
export async function adoptNode(session: BegunSession): StepResult {
  const node = await confirm(session, 'is it another node of that name?');
  if (node.kind === 'gone' || node.facts.uid === session.nodeUid) return null;
  await removePods(session, 'remove the pods of the node that is gone');
  const { capped: _, ...resume } = resumeOf(session);
  // What a cancellation of this run switches off is the new node.
  session.nodeUid = null;
  return continueAsNew(session.input, { ...resume, state: null, nodeUid: '' });
}

/** Signals may arrive out of order and caches lag, so the heal ends only when the API server confirms it. */
export async function leave(session: BegunSession, outcome: LeaveReason): StepResult {
  const node = await confirm(session, `has the node become ${outcome}?`);
  const isWatched = session.state.phase === 'watching';
  if (leaveReason(node, isWatched) !== outcome) return null;
  const detail = leaveDetail(session, outcome);
  await removePods(session, 'remove the pods', isMarkedByOthers(node) ? detail : null);
  return resultOf(session, outcome, detail);
}

/** After a cancellation: pods removed, the node switched off until `vigilante heal` (H14). */
export async function cleanUp(session: HealSession): Promise<void> {
  if (session.nodeUid === null) {
    const node = await confirm(session, 'read the node to switch it off');
    if (node.kind === 'gone') return;
    session.nodeUid = node.facts.uid;
  }
  await call(session, 'cleanUpCancelled', {
    summary: 'remove the pods, switch the node off',
    input: { node: nodeRef(session), previousPod: session.state?.pod ?? null },
  });
  showState(session, 'cancelled');
}

/** Without this bound a node that is written many times a second would fill the history without end. */
const MARK_CONFLICTS_MAX = 3;
/** Since 0.2.0 the heal then waits for an interval. May go when no heal of a release before 0.2.0 runs any more. */
const MARK_PAUSE_PATCH = 'mark-pause';

const LEAVE_DETAIL: Readonly<Record<LeaveReason, string>> = {
  'healed-elsewhere': 'the annotation was set to true by someone else',
  'node-gone': 'the node was deleted',
  disabled: 'healing is switched off for the node by its annotation',
  'not-windows': 'the node has no label kubernetes.io/os=windows, or healing.nodes leaves it out',
};

function leaveDetail(session: BegunSession, outcome: LeaveReason): string {
  const detail = LEAVE_DETAIL[outcome];
  if (outcome !== 'healed-elsewhere') return detail;
  const { podsProven, attempts } = session.state.window;
  const needed = session.policy.provenPodsMin;
  return `${detail}; ${podsProven} of ${attempts} pods had proved their network, ${needed} were needed`;
}

/** An older worker does not report what a mark is worth. */
function isMarkedByOthers(node: NodeObservation): boolean {
  return node.kind === 'present' && node.facts.healed && isForeignMark(node.facts.mark);
}

async function annotate(session: BegunSession, nodeVersion: string | null): StepResult {
  const { attempts } = session.state.window;
  const { pods: proven, evidence } = windowProof(session.state.window, session.policy);
  const detail = `${proven} of ${attempts} pods proved their network (evidence: ${evidence})`;
  const result = await call(session, 'annotateNode', {
    summary: 'annotate the node as healed',
    input: {
      node: nodeRef(session),
      nodeVersion,
      evidence: detail,
      proof: {
        proven,
        attempts,
        evidence,
      },
      ...(session.state.lastRefuted === undefined ? {} : { refutedMs: session.state.lastRefuted.createdMs }),
    },
  });
  if (result.kind === 'annotated') return marked(session, withEventProblem(detail, result.eventProblem));
  await confirm(session, 'the node changed before it was annotated');
  session.markConflicts += 1;
  if (session.markConflicts % MARK_CONFLICTS_MAX === 0 && patched(MARK_PAUSE_PATCH)) {
    session.state = withError(session.state, 'the node was written by others each time before it could be marked');
    await wait(session, nowOf(session) + session.policy.intervalMs);
  }
  return null;
}

/** A node that is watched after its mark is so in the same run. */
function marked(session: BegunSession, detail: string): HealNodeResult | null {
  const at = { rules: session.policy, nowMs: nowOf(session) };
  const watch = beginWatch(withMark(session.state), at, detail);
  if (watch === null) return resultOf(session, 'healed', detail);
  session.markConflicts = 0;
  session.state = watch;
  log.info('node marked, watching it', { node: session.input.node, detail });
  return null;
}

function withError(state: HealingState, lastError: string): HealingState {
  return { ...state, lastError };
}

function withEventProblem(detail: string, problem: string | undefined): string {
  return problem === undefined ? detail : `${detail}; its Event was left out: ${problem}`;
}

/** Asks the API server for the node and takes the answer into the state. */
export async function confirm(session: HealSession, summary: string): Promise<NodeObservation> {
  const node = await call(session, 'observeNode', { summary, input: { node: session.input.node, live: true } });
  if (isBegun(session)) {
    session.state = observe(session.state, node, { rules: session.policy, nowMs: nowOf(session) });
  }
  return node;
}

/** `healedElsewhere`: the message of an Event that is written with it; null writes none. */
async function removePods(
  session: BegunSession,
  summary: string,
  healedElsewhere: string | null = null,
): Promise<void> {
  if (session.nodeUid === null) return;
  const previousPod = session.state.pod;
  const event = healedElsewhere === null ? {} : { healedElsewhere };
  await call(session, 'concludeHealing', { summary, input: { node: nodeRef(session), previousPod, ...event } });
  session.state = { ...session.state, pod: null };
}

export function resultOf(session: BegunSession, outcome: HealNodeOutcome, detail: string): HealNodeResult {
  const state = session.state;
  log.info('heal ended', { node: session.input.node, outcome, detail });
  return { outcome, attempts: state.attempts, podsProven: state.window.podsProven, detail };
}
