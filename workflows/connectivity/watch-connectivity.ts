/** The workflow `watchConnectivity`: asks the collector again and again, and alarms after a streak of bad verdicts. */

import { ApplicationFailure, continueAsNew, log, setHandler, workflowInfo } from '@temporalio/workflow';
import { parseConnectivityPolicy } from '../../contracts/connectivity/parser.ts';
import {
  changePolicy,
  connectivityStatus,
  evaluateNow,
  NO_VERDICT,
  pauseWatching,
  resumeWatching,
} from '../../contracts/connectivity/signals-and-queries.ts';
import {
  type ConnectivityVerdict,
  isSamePolicy,
  type WatchConnectivityInput,
} from '../../contracts/connectivity/watch-connectivity.ts';
import { pauseWatch, resumeWatch } from '../../domain/connectivity/watch.ts';
import { cutText } from '../../domain/cut-text.ts';
import { ignoreOtherSignals } from '../interceptors.ts';
import { refuseInput, watchOn } from '../watch-run.ts';
import { nowOf } from '../workflow-time.ts';
import { inputOf, resumeOf, sessionFor, type WatchResume, type WatchSession } from './session.ts';
import { evaluate, evaluateDue, isDue, waitForNext } from './steps.ts';
import { showState, statusOf } from './view.ts';

const REASON_LENGTH_MAX = 200;
const MESSAGE_LENGTH_MAX = 500;

/**
 * @param input self-contained; wrong input fails the workflow with the key and what is allowed.
 * @param resume handed over by continue-as-new only; ignored when the watch is started by hand.
 */
export async function watchConnectivity(input: WatchConnectivityInput, resume?: WatchResume): Promise<never> {
  const session = sessionFor(input, workflowInfo().continuedFromExecutionRunId === undefined ? undefined : resume);
  receiveSignals(session);
  answerPeople(session);
  showState(session);
  return watchOn({
    isDue: () => isDue(session),
    look: () => evaluateDue(session),
    waitForNext: () => waitForNext(session),
    nextRun: () => continueAsNew<typeof watchConnectivity>(inputOf(session), resumeOf(session)),
  });
}

/** The descriptions are shown by the Temporal UI, where a person picks a signal. */
function receiveSignals(session: WatchSession): void {
  setHandler(
    pauseWatching,
    (payload) => {
      const reason = typeof payload?.reason === 'string' ? cutText(payload.reason, REASON_LENGTH_MAX) : null;
      session.state = pauseWatch(session.state, reason, nowOf(session));
      showState(session);
    },
    { description: 'Nothing is evaluated until resumeWatching. Input: empty or {"reason": "why"}' },
  );
  setHandler(
    resumeWatching,
    () => {
      if (session.state.pause === null) return;
      session.state = resumeWatch(session.state, nowOf(session));
      session.dueMs = nowOf(session);
      showState(session);
    },
    { description: 'Ends a pause and evaluates at once. Input: empty' },
  );
  setHandler(
    changePolicy,
    (payload) => {
      const parsed = parseConnectivityPolicy(payload);
      if (!parsed.ok) {
        log.warn('signal changePolicy ignored: its payload is no policy', { problem: parsed.problems.join('; ') });
      } else if (!isSamePolicy(parsed.value, session.policy)) {
        session.policy = parsed.value;
        session.dueMs = Math.min(session.dueMs, nowOf(session) + parsed.value.intervalMs);
        showState(session);
      }
    },
    { description: 'Sent by the starter when its configuration differs. Input: the whole policy' },
  );
  ignoreOtherSignals('a watch');
}

function answerPeople(session: WatchSession): void {
  setHandler(connectivityStatus, () => statusOf(session), { description: 'State, last verdict, alarms, transitions' });
  setHandler(
    evaluateNow,
    async (): Promise<ConnectivityVerdict> => {
      const evaluation = await evaluate(session, 'asked for by evaluateNow');
      showState(session);
      if (evaluation.kind === 'verdict') return evaluation.verdict;
      const message = `the collector gave no verdict: ${cutText(evaluation.message, MESSAGE_LENGTH_MAX)}`;
      throw ApplicationFailure.nonRetryable(message, NO_VERDICT);
    },
    {
      description: 'Asks the collector now, also while paused; never counts for an alarm. Input: empty',
      validator: refuseInput(evaluateNow.name),
    },
  );
}
