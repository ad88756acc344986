/** The workflow `watchPrivileges`: compares what runs with what is declared, again and again. */

import { ApplicationFailure, continueAsNew, setHandler, workflowInfo } from '@temporalio/workflow';
import { evaluateNow, NO_REPORT, privilegesStatus } from '../../contracts/privileges/signals-and-queries.ts';
import type { PrivilegesReport, WatchPrivilegesInput } from '../../contracts/privileges/watch-privileges.ts';
import { ignoreOtherSignals } from '../interceptors.ts';
import { refuseInput, watchOn } from '../watch-run.ts';
import { type PrivilegesResume, type PrivilegesSession, resumeOf, sessionFor } from './session.ts';
import { evaluate, isDue, waitForNext } from './steps.ts';
import { showState, statusOf } from './view.ts';

/**
 * @param input self-contained; wrong input fails the workflow with the key and what is allowed.
 * @param resume handed over by continue-as-new only; ignored when the watch is started by hand.
 */
export async function watchPrivileges(input: WatchPrivilegesInput, resume?: PrivilegesResume): Promise<never> {
  const session = sessionFor(input, workflowInfo().continuedFromExecutionRunId === undefined ? undefined : resume);
  ignoreOtherSignals('a watch of privileges');
  answerPeople(session);
  showState(session);
  return watchOn({
    isDue: () => isDue(session),
    look: () => evaluate(session, `evaluation ${session.evaluations + 1}`),
    waitForNext: () => waitForNext(session),
    nextRun: () => continueAsNew<typeof watchPrivileges>(session.input, resumeOf(session)),
  });
}

function answerPeople(session: PrivilegesSession): void {
  setHandler(privilegesStatus, () => statusOf(session), { description: 'State, counts, and what differs' });
  setHandler(
    evaluateNow,
    async (): Promise<PrivilegesReport> => {
      const evaluation = await evaluate(session, 'asked for by evaluateNow');
      if (evaluation.kind === 'report') return evaluation.report;
      throw ApplicationFailure.nonRetryable(`there is no report: ${evaluation.message}`, NO_REPORT);
    },
    {
      description: 'Compares now, and returns the report. Input: empty',
      validator: refuseInput(evaluateNow.name),
    },
  );
}
