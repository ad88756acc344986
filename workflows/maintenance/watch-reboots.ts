/** The workflow `watchReboots`: looks again and again who needs a reboot, and has one node after the other maintained. */

import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { PAUSE_MAX_MS } from '../../contracts/maintenance/guard-maintenance.ts';
import { parsePauseReboots } from '../../contracts/maintenance/reboots-parser.ts';
import {
  evaluateNow,
  NO_SURVEY,
  pauseReboots,
  type RebootStatus,
  rebootStatus,
  resumeReboots,
  type WatchRebootsInput,
} from '../../contracts/maintenance/watch-reboots.ts';
import { logIgnoredSignal } from '../interceptors.ts';
import { nowOf } from '../workflow-time.ts';
import { type RebootsResume, type RebootsSession, resumeOf, sessionFor, statusOf } from './reboots-session.ts';
import { isDue, look, show, waitForNext } from './reboots-steps.ts';

/**
 * @param input self-contained; wrong input fails the workflow with the key and what is allowed.
 * @param resume handed over by continue-as-new only; ignored when the watch is started by hand.
 */
export async function watchReboots(input: WatchRebootsInput, resume?: RebootsResume): Promise<never> {
  const session = sessionFor(input, workflowInfo().continuedFromExecutionRunId === undefined ? undefined : resume);
  receiveSignals(session);
  answerPeople(session);
  show(session);
  try {
    return await watch(session);
  } catch (error) {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) {
      // Whoever asked for a look gets the answer that there is none.
      await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    }
    throw error;
  }
}

/** Bounded by the history: when it grows long, a new run goes on from the same state. */
async function watch(session: RebootsSession): Promise<never> {
  for (;;) {
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      return continueAsNew<typeof watchReboots>(session.input, resumeOf(session));
    }
    if (isDue(session)) await look(session, 'who needs a reboot?');
    else await waitForNext(session);
  }
}

/** The descriptions are shown by the Temporal UI, where a person picks a signal. */
function receiveSignals(session: RebootsSession): void {
  setHandler(
    pauseReboots,
    (payload) => {
      const found = parsePauseReboots(payload);
      if (!found.ok) {
        log.warn('signal pauseReboots ignored', { problem: found.problems.join('; ') });
        return;
      }
      // A pause that is forgotten must not last.
      const untilMs = Math.min(found.value.untilMs, nowOf(session) + PAUSE_MAX_MS);
      session.pause = { ...found.value, untilMs };
      log.info('reboots are paused', { ...session.pause });
      show(session);
    },
    {
      description:
        'Nothing is started until untilMs, at most 14 days. Input: {"by": "who", "reason": "why", "untilMs": 1}',
    },
  );
  setHandler(
    resumeReboots,
    () => {
      session.pause = null;
      session.dueMs = nowOf(session);
      show(session);
    },
    { description: 'Ends a pause, and looks at once. Input: empty' },
  );
  // Without it the SDK keeps signals of other names in memory for the life of the run.
  setDefaultSignalHandler((name) => logIgnoredSignal(name, 'a watch of reboots has no signal of this name'));
}

function answerPeople(session: RebootsSession): void {
  setHandler(rebootStatus, () => statusOf(session), { description: 'Who needs a reboot, who waits and why' });
  setHandler(
    evaluateNow,
    async (): Promise<RebootStatus> => {
      const isSeen = await look(session, 'asked for by evaluateNow');
      if (isSeen) return statusOf(session);
      const message = `the cluster could not be looked at: ${session.problem ?? 'no answer'}`;
      throw ApplicationFailure.nonRetryable(message, NO_SURVEY);
    },
    {
      description: 'Looks now, and acts on what it sees unless it is paused. Input: empty',
      validator: (...input: readonly unknown[]) => {
        if (input.some((value) => value !== null && value !== undefined)) {
          throw new Error('evaluateNow takes no input');
        }
      },
    },
  );
}
