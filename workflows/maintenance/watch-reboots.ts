/** The workflow `watchReboots`: looks again and again who needs a reboot, and has one node after the other maintained. */

import { ApplicationFailure, continueAsNew, log, setHandler, workflowInfo } from '@temporalio/workflow';
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
import { ignoreOtherSignals } from '../interceptors.ts';
import { refuseInput, watchOn } from '../watch-run.ts';
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
  return watchOn({
    isDue: () => isDue(session),
    look: () => look(session, 'who needs a reboot?'),
    waitForNext: () => waitForNext(session),
    nextRun: () => continueAsNew<typeof watchReboots>(session.input, resumeOf(session)),
  });
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
  ignoreOtherSignals('a watch of reboots');
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
      validator: refuseInput(evaluateNow.name),
    },
  );
}
