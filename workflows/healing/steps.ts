/** The steps of a heal: each performs one action of the plan and writes what it learned into the session. */

import { CancellationScope, condition, patched, sleep, workflowInfo } from '@temporalio/workflow';
import { clockTime } from '../../domain/clock-time.ts';
import { exhaust, giveUp, lookAgainLater } from '../../domain/healing/giving-up.ts';
import { describeHealing } from '../../domain/healing/messages.ts';
import { beginState, type HealingState, observe, recordAttempt } from '../../domain/healing/state.ts';
import { spreadOf } from '../../domain/spread.ts';
import { nowOf, timerFired } from '../workflow-time.ts';
import { call } from './calls.ts';
import { type BegunSession, type HealSession, nodeRef, type RestartRequest, type StepResult } from './session.ts';
import { showState } from './view.ts';

/**
 * Begins the heal with its first attempt, or begins it again after `restartHealing`: then with the annotation set to
 * false first (H13).
 */
export async function begin(session: HealSession): Promise<BegunSession> {
  const { restart, input, policy } = session;
  const attempts = session.state?.attempts ?? 0;
  const { node, outcome, eventProblem } = await call(session, 'beginHealing', {
    summary: `${restart === null ? '' : 'set the annotation to false, '}create pod ${attempts + 1}`,
    input: {
      node: input.node,
      attempt: attempts + 1,
      resetAnnotation: restart !== null,
      event: startMessage(input.node, workflowInfo().workflowId, restart),
    },
  });
  // A second signal during the activity asked for what has just been done.
  session.restart = null;
  session.eventProblem = eventProblem ?? null;
  if (node.kind === 'present') session.nodeUid = node.facts.uid;
  // The window opens when the first pod is there, so that it is never shorter than what the cluster saw of it.
  const at = attemptedNow(session);
  const begun = beginState({ node, attempts, rules: policy, nowMs: at.nowMs });
  const state = recordAttempt(begun, { judgement: null, outcome }, at);
  const begunSession = Object.assign(session, { state });
  showState(begunSession, null);
  return begunSession;
}

/** Of the Event `HealingStarted`. */
export function startMessage(node: string, workflowId: string, restart: RestartRequest | null): string {
  const by = restart?.isOwn === true ? 'started again' : 'restarted by signal';
  const again = restart === null ? '' : `, ${by}${restart.reason === null ? '' : `: ${restart.reason}`}`;
  return `healing of ${node} starts (workflow ${workflowId}${again})`;
}

export async function attempt(session: BegunSession): StepResult {
  const before = session.state;
  const number = before.attempts + 1;
  const { node, judgement, outcome } = await call(session, 'attemptPod', {
    summary: before.pod === null ? `create pod ${number}` : `judge pod ${before.pod.attempt}, create pod ${number}`,
    input: { node: nodeRef(session), attempt: number, previousPod: before.pod },
  });
  const at = attemptedNow(session);
  session.state = observe(recordAttempt(session.state, { judgement, outcome }, at), node, at);
  return null;
}

export async function stall(session: BegunSession): StepResult {
  await recordGivingUp(session, 'stalled');
  return null;
}

/** Temporal refuses a timer that is much longer. A longer wait takes several timers. */
const TIMER_MAX_MS = 31 * 86_400_000;
/**
 * Signals that change nothing make a history long, too. Heals of version 0.1 did not end a run while they waited. May go
 * when none of them runs.
 */
const RUN_ENDS_WHILE_WAITING = 'run-ends-while-waiting';

function isRunToEnd(): boolean {
  return workflowInfo().continueAsNewSuggested && patched(RUN_ENDS_WHILE_WAITING);
}

/** Waits until the time has come, a signal changed the state or asked for a restart, or the history is long. */
export async function wait(session: BegunSession, untilMs: number): StepResult {
  const before = session.state;
  const isNews = () => session.state !== before || session.restart !== null || isRunToEnd();
  showState(session, null);
  const waitMs = Math.max(1, Math.min(untilMs - nowOf(session), TIMER_MAX_MS));
  const summary = `${waitSummary(before.phase, before.attempts)} at ${clockTime(untilMs)}`;
  // The timer of a longer wait ends before the wait does.
  const isWhole = untilMs - nowOf(session) <= TIMER_MAX_MS;
  if ((await conditionOrTimer(isNews, { waitMs, summary })) === 'timer' && isWhole) timerFired(session, untilMs);
  return null;
}

/**
 * As `condition` with a time limit, which cancels something at each end, and so makes an error with its stack trace:
 * a tenth of what a heal costs in the workflow thread. Here only a timer that has not fired is cancelled.
 */
async function conditionOrTimer(
  isMet: () => boolean,
  { waitMs, summary }: { readonly waitMs: number; readonly summary: string },
): Promise<'condition' | 'timer'> {
  const timing = new CancellationScope();
  let isOver = false;
  const timer = timing.run(async () => sleep(waitMs, { summary }));
  const timed = timer.then(
    () => {
      isOver = true;
    },
    // Cancelled below, or with the whole heal: then `condition` throws that.
    () => {},
  );
  await condition(() => isOver || isMet());
  if (isOver) return 'timer';
  timing.cancel();
  await timed;
  return 'condition';
}

/** Looks at a node that is not Ready now and then, in case the starter is down. */
export async function look(session: BegunSession): StepResult {
  const node = await call(session, 'observeNode', {
    summary: 'is the node Ready again?',
    input: { node: session.input.node, live: false },
  });
  const at = { rules: session.policy, nowMs: nowOf(session) };
  const waiting = lookAgainLater(session.state, session.policy, at.nowMs);
  session.state = observe(waiting, node, at);
  return null;
}

/** The window was opened again so often that it never came to its end. */
export async function giveUpReopening(session: BegunSession): StepResult {
  await recordState(session, exhaust(session.state, { rules: session.policy, nowMs: nowOf(session) }));
  return null;
}

/** Records an Event on the node; the heal then stays open and visible (H12). */
export async function recordGivingUp(session: BegunSession, phase: 'stalled' | 'unproven'): Promise<void> {
  await recordState(session, giveUp(session.state, phase, { rules: session.policy, nowMs: nowOf(session) }));
}

async function recordState(session: BegunSession, state: HealingState): Promise<void> {
  const { node: name } = session.input;
  const rules = session.policy;
  const { phase } = state;
  session.state = state;
  const recorded = await call(session, 'recordHealingEvent', {
    summary: `write the Event: ${phase}`,
    input: {
      node: nodeRef(session),
      reason: phase === 'stalled' ? 'HealingStalled' : 'HealingUnproven',
      message: describeHealing(state, { node: name, rules, nowMs: nowOf(session) }),
      attempt: state.attempts,
    },
  });
  // Older workers return nothing.
  session.eventProblem = recorded?.eventProblem ?? null;
}

export function attemptedNow(session: HealSession) {
  return { rules: session.policy, nowMs: nowOf(session), spread: spreadOf(session.nodeUid ?? '') };
}

function waitSummary(phase: string, attempts: number): string {
  return phase === 'healing' || phase === 'watching' ? `until attempt ${attempts + 1}` : `${phase}: next look`;
}
