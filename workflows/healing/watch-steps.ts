/** The steps of a heal whose node is marked: it looks for a relapse, takes the mark back, or ends. */

import { assertNever } from '../../domain/assert-never.ts';
import { describeRelapse } from '../../domain/healing/messages.ts';
import { observe } from '../../domain/healing/state.ts';
import { keptMark, relapsed } from '../../domain/healing/watch.ts';
import { nowOf } from '../workflow-time.ts';
import { call } from './calls.ts';
import { nextAction } from './decision.ts';
import { confirm, resultOf } from './endings.ts';
import { type BegunSession, nodeRef, type StepResult } from './session.ts';

/** Takes the mark back, where the brake lets it (E23, E25). */
export async function relapse(session: BegunSession): StepResult {
  const { state, input } = session;
  const result = await call(session, 'relapseNode', {
    summary: 'the node relapsed: take its mark back',
    input: {
      node: nodeRef(session),
      relapsedMs: nowOf(session),
      seen: describeRelapse(state, input.node),
      isBrakeReported: state.watch?.isBraked === true,
    },
  });
  const at = { rules: session.policy, nowMs: nowOf(session) };
  switch (result.kind) {
    case 'relapsed':
      session.eventProblem = result.eventProblem ?? null;
      session.state = relapsed(session.state, result.node, at);
      return null;
    case 'braked':
      session.eventProblem = result.eventProblem ?? session.eventProblem;
      session.state = keptMark(session.state, true);
      return null;
    case 'kept':
      session.state = observe(keptMark(session.state, false), result.node, at);
      return null;
    default:
      return assertNever(result);
  }
}

/** A cache may not show the mark yet, and signals may be late: so the API server is asked. */
export async function beginAgain(session: BegunSession): StepResult {
  await confirm(session, 'is the mark gone?');
  if (nextAction(session).kind !== 'begin-again') return null;
  session.restart ??= { reason: 'its mark is gone or does not count any more', isOwn: true };
  return null;
}

export async function endWatch(session: BegunSession): StepResult {
  const { watch } = session.state;
  const watched = watch === undefined ? '' : `; watched with ${watch.attempts} more pods: no relapse`;
  return resultOf(session, 'healed', `${watch?.detail ?? 'marked'}${watched}`);
}
