/** The workflow `guardMaintenance`: gives the slots of a cluster, and knows who has one. */

import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { type GuardMaintenanceInput, PAUSE_MAX_MS } from '../../contracts/maintenance/guard-maintenance.ts';
import { guardMaintenanceWorkflowId } from '../../contracts/maintenance/names.ts';
import {
  parseAskSlot,
  parseExplainNode,
  parseGuardMaintenanceInput,
  parsePauseMaintenance,
  parseResumeMaintenance,
  parseReturnSlot,
} from '../../contracts/maintenance/parser.ts';
import {
  askSlot,
  budgetStatus,
  explainNode,
  pauseMaintenance,
  resumeMaintenance,
  returnSlot,
} from '../../contracts/maintenance/signals-and-queries.ts';
import { maintenanceTaskQueue } from '../../contracts/names.ts';
import type { Parsed } from '../../contracts/shape.ts';
import { afterEnding, resumed } from '../../domain/maintenance/breaker.ts';
import { isToldAgain, withRequest, withReturn } from '../../domain/maintenance/slots.ts';
import { acceptedInput } from '../accepted-input.ts';
import { ignoreOtherSignals } from '../interceptors.ts';
import { stepScopes } from '../step-scopes.ts';
import { nowOf } from '../workflow-time.ts';
import { type GuardResume, type GuardSession, resumeOf, sessionFor } from './guard-session.ts';
import { explain, isDue, look, waitForNext } from './guard-steps.ts';
import { budgetOfGuard, showGuard } from './guard-view.ts';

/** @param resume handed over by continue-as-new only; ignored when the guard is started by hand. */
export async function guardMaintenance(input: GuardMaintenanceInput, resume?: GuardResume): Promise<never> {
  const accepted = acceptedInput(input, {
    parse: parseGuardMaintenanceInput,
    parseEarlier: parseGuardMaintenanceInput,
    workflowId: ({ cluster }) => guardMaintenanceWorkflowId(cluster),
    taskQueue: maintenanceTaskQueue,
  });
  const isContinued = workflowInfo().continuedFromExecutionRunId !== undefined;
  const session = sessionFor(accepted.cluster, isContinued ? resume : undefined);
  receiveSignals(session);
  answerPeople(session);
  const runStep = stepScopes();
  for (;;) {
    showGuard(session);
    if (workflowInfo().continueAsNewSuggested) {
      await Promise.all([condition(allHandlersFinished), session.telling]);
      return continueAsNew<typeof guardMaintenance>(accepted, resumeOf(session));
    }
    await runStep(() => (isDue(session) ? look(session) : waitForNext(session)));
  }
}

/** The descriptions are shown by the Temporal UI, where a person picks a signal. */
function receiveSignals(session: GuardSession): void {
  setHandler(
    askSlot,
    (payload) => {
      const asked = accept('askSlot', parseAskSlot(payload));
      if (asked === null) return;
      session.ledger = withRequest(session.ledger, { ...asked, lastAskedMs: nowOf(session) });
      session.isNews = true;
    },
    { description: 'Sent by maintainNode' },
  );
  setHandler(
    returnSlot,
    (payload) => {
      const returned = accept('returnSlot', parseReturnSlot(payload));
      if (returned === null) return;
      const failuresMax = session.survey?.rules.failuresMax ?? 1;
      const { node, outcome } = returned;
      const { ledger } = session;
      const ending = { node: node.name, outcome };
      const breaker = isToldAgain(ledger, returned)
        ? ledger.breaker
        : afterEnding(ledger.breaker, ending, { failuresMax, nowMs: nowOf(session) });
      session.ledger = { ...withReturn(ledger, returned), breaker };
      if (!returned.held) session.returned.add(node.name);
      session.isNews = true;
    },
    { description: 'Sent by maintainNode' },
  );
  ignoreOtherSignals('a guard');
}

function answerPeople(session: GuardSession): void {
  setHandler(budgetStatus, () => budgetOfGuard(session), { description: 'Slots, who waits and why, budgets, breaker' });
  setHandler(
    pauseMaintenance,
    (payload) => {
      const pause = valueOf(parsePauseMaintenance(payload));
      log.info('maintenance is paused', { ...pause });
      session.ledger = { ...session.ledger, pause };
      session.isNews = true;
      return { pause };
    },
    {
      description:
        'Nothing is taken until untilMs, at most 14 days. Input: {"by": "who", "reason": "why", "untilMs": 1}',
      validator: (payload) => {
        const { untilMs } = valueOf(parsePauseMaintenance(payload));
        const leftMs = untilMs - nowOf(session);
        if (leftMs <= 0 || leftMs > PAUSE_MAX_MS) throw new Error('a pause ends within the next 14 days');
      },
    },
  );
  setHandler(
    resumeMaintenance,
    (payload) => {
      log.info('maintenance goes on', { ...valueOf(parseResumeMaintenance(payload)) });
      session.ledger = { ...session.ledger, pause: null, breaker: resumed(session.ledger.breaker) };
      session.isNews = true;
      return { breaker: session.ledger.breaker };
    },
    {
      description: 'Ends a pause and closes a breaker that failures opened. Input: {"by": "who", "reason": "why"}',
      validator: (payload) => void valueOf(parseResumeMaintenance(payload)),
    },
  );
  setHandler(explainNode, (payload) => explain(session, valueOf(parseExplainNode(payload))), {
    description: 'Whether a node would get a slot now, or why not. Input: {"node": "name", "purpose": "reboot"}',
    validator: (payload) => void valueOf(parseExplainNode(payload)),
  });
}

function accept<T>(signal: string, parsed: Parsed<T>): T | null {
  if (parsed.ok) return parsed.value;
  log.warn(`signal ${signal} ignored`, { problem: parsed.problems.join('; ') });
  return null;
}

function valueOf<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw ApplicationFailure.nonRetryable(parsed.problems.join('; '), 'InvalidInput');
}
