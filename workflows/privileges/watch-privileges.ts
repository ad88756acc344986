/** The workflow `watchPrivileges`: compares what runs with what is declared, again and again. */

import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { evaluateNow, NO_REPORT, privilegesStatus } from '../../contracts/privileges/signals-and-queries.ts';
import type { PrivilegesReport, WatchPrivilegesInput } from '../../contracts/privileges/watch-privileges.ts';
import { logIgnoredSignal } from '../interceptors.ts';
import { type PrivilegesResume, type PrivilegesSession, resumeOf, sessionFor } from './session.ts';
import { evaluate, isDue, waitForNext } from './steps.ts';
import { showState, statusOf } from './view.ts';

/**
 * @param input self-contained; wrong input fails the workflow with the key and what is allowed.
 * @param resume handed over by continue-as-new only; ignored when the watch is started by hand.
 */
export async function watchPrivileges(input: WatchPrivilegesInput, resume?: PrivilegesResume): Promise<never> {
  const session = sessionFor(input, workflowInfo().continuedFromExecutionRunId === undefined ? undefined : resume);
  // Without it the SDK keeps signals of other names in memory for the life of the run.
  setDefaultSignalHandler((name) => logIgnoredSignal(name, 'a watch of privileges has no signal of this name'));
  answerPeople(session);
  showState(session);
  try {
    return await watch(session);
  } catch (error) {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) {
      // Whoever asked for a report gets the answer that there is none.
      await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    }
    throw error;
  }
}

/** Bounded by the history: when it grows long, a new run goes on from the same state. */
async function watch(session: PrivilegesSession): Promise<never> {
  for (;;) {
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      return continueAsNew<typeof watchPrivileges>(session.input, resumeOf(session));
    }
    if (isDue(session)) await evaluate(session, `evaluation ${session.evaluations + 1}`);
    else await waitForNext(session);
  }
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
      validator: (...input: readonly unknown[]) => {
        if (input.some((value) => value !== null && value !== undefined)) {
          throw new Error('evaluateNow takes no input');
        }
      },
    },
  );
}
