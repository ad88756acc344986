/** The loop of a heal, whichever workflow runs it: messages, one action of the plan after the other, the end. */

import {
  CancellationScope,
  CancelledFailure,
  continueAsNew,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { HealNodeResult } from '../../contracts/healing/heal-node.ts';
import { healingStatus, nodeChanged, restartHealing } from '../../contracts/healing/signals-and-queries.ts';
import { assertNever } from '../../domain/assert-never.ts';
import { cutText } from '../../domain/cut-text.ts';
import { type HealingAction } from '../../domain/healing/plan.ts';
import { catchUpState, observe, openWindow } from '../../domain/healing/state.ts';
import { ignoreOtherSignals } from '../interceptors.ts';
import { unlessOvertaken } from '../new-run.ts';
import { stepScopes } from '../step-scopes.ts';
import { nowOf } from '../workflow-time.ts';
import { nextAction } from './decision.ts';
import { adoptNode, cleanUp, conclude, leave } from './endings.ts';
import {
  type BegunSession,
  type HealNodeResume,
  type HealSession,
  isBegun,
  parseNodeChange,
  resumeOf,
  type StepResult,
} from './session.ts';
import { keepCap } from './startup-taint.ts';
import { giveUpReopening, look, stall, wait } from './steps.ts';
import { showState, statusOf } from './view.ts';
import { beginAgain, endWatch, relapse } from './watch-steps.ts';

/** How pods are tried: this differs between the workflows. */
export interface Attempts {
  /** Also begins again after `restartHealing`. */
  readonly begin: (session: HealSession) => Promise<BegunSession>;
  readonly attempt: (session: BegunSession) => StepResult;
}

/** Bounds the reason in the Event's message and in the history of each run. */
const REASON_LENGTH_MAX = 200;

export async function runHeal(session: HealSession, attempts: Attempts): Promise<HealNodeResult> {
  receiveMessages(session);
  keepCap(session);
  const isCancelled = () => CancellationScope.current().consideredCancelled;
  try {
    const result = await unlessOvertaken(() => heal(session, attempts), isCancelled);
    if (result !== null) return result;
    throw new CancelledFailure('cancelled while a new run was to go on');
  } catch (error) {
    if (!isCancelled() || !isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(async () => cleanUp(session));
    throw error;
  }
}

/** What the run before handed over; a heal that is started by hand cannot bring it. */
export function handedOver(resume: HealNodeResume | undefined): HealNodeResume | undefined {
  return workflowInfo().continuedFromExecutionRunId === undefined ? undefined : resume;
}

/** The descriptions are shown by the Temporal UI, where a person picks a signal. */
function receiveMessages(session: HealSession): void {
  setHandler(healingStatus, () => statusOf(session), { description: 'State, attempts, proven pods, errors, times' });
  setHandler(
    restartHealing,
    (payload) => {
      const reason = typeof payload?.reason === 'string' ? cutText(payload.reason, REASON_LENGTH_MAX) : null;
      session.restart = { reason };
    },
    { description: 'Annotation to false, then a full new window. Input: empty or {"reason": "why"}' },
  );
  setHandler(
    nodeChanged,
    (payload) => {
      const node = parseNodeChange(session, payload);
      if (node === null || session.state === null) return;
      session.state = observe(session.state, node, { rules: session.policy, nowMs: nowOf(session) });
    },
    { description: 'Sent by the starter' },
  );
  ignoreOtherSignals('a heal');
}

/** Performs one action per turn. When the history grows long, a new run continues from the same state. */
async function heal(session: HealSession, attempts: Attempts): Promise<HealNodeResult> {
  const runStep = stepScopes();
  for (;;) {
    if (workflowInfo().continueAsNewSuggested) return continueAsNew(session.input, resumeOf(session));
    const isToBegin = !isBegun(session) || session.restart !== null;
    const begun = isToBegin ? await runStep(() => attempts.begin(session)) : session;
    begun.state = catchUpState(begun.state, session.policy, nowOf(session));
    const action = nextAction(begun);
    const result = await runStep(() => perform(begun, action, attempts));
    showState(begun, result?.outcome ?? null);
    // A restart that came during the last step is not lost: the heal begins again instead of ending.
    if (result !== null && session.restart === null) return result;
  }
}

async function perform(
  session: BegunSession,
  action: HealingAction,
  attempts: Attempts,
): Promise<HealNodeResult | null> {
  switch (action.kind) {
    case 'attempt':
      return attempts.attempt(session);
    case 'conclude':
      return conclude(session);
    case 'open-window':
      session.state = openWindow(session.state, session.policy, nowOf(session));
      return null;
    case 'wait':
      return wait(session, action.untilMs);
    case 'look':
      return look(session);
    case 'stall':
      return stall(session);
    case 'exhaust':
      return giveUpReopening(session);
    case 'adopt-node':
      return adoptNode(session);
    case 'leave':
      return leave(session, action.outcome);
    case 'relapse':
      return relapse(session);
    case 'begin-again':
      return beginAgain(session);
    case 'end-watch':
      return endWatch(session);
    default:
      return assertNever(action);
  }
}
