/** The workflow `maintainNode`: drains a node, has it acted upon, proves it, and gives it back. */

import {
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { MaintainNodeInput, MaintainNodeResult } from '../../contracts/maintenance/maintain-node.ts';
import { maintainNodeWorkflowId } from '../../contracts/maintenance/names.ts';
import { parseMaintainNodeInput, parseResolveNode, parseSlotAnswer } from '../../contracts/maintenance/parser.ts';
import {
  maintenanceStatus,
  nodeNews,
  resolveNode,
  slotGranted,
  slotWaits,
} from '../../contracts/maintenance/signals-and-queries.ts';
import { maintenanceTaskQueue } from '../../contracts/names.ts';
import { maintenancePlan } from '../../domain/maintenance/plan.ts';
import { afterAnswer, afterNews } from '../../domain/maintenance/progress.ts';
import { acceptedInput } from '../accepted-input.ts';
import { ignoreOtherSignals } from '../interceptors.ts';
import { unlessOvertaken } from '../new-run.ts';
import { nowOf } from '../workflow-time.ts';
import { type MaintainNodeResume, type MaintenanceSession, resumeOf, sessionFor } from './session.ts';
import { perform } from './steps.ts';
import { resultOf, showState, statusOf } from './view.ts';

/**
 * @param input self-contained but for what the executor's name means; wrong input fails the workflow with the key.
 * @param resume handed over by continue-as-new only; ignored when the workflow is started by hand.
 */
export async function maintainNode(input: MaintainNodeInput, resume?: MaintainNodeResume): Promise<MaintainNodeResult> {
  const accepted = acceptedInput(input, {
    parse: parseMaintainNodeInput,
    parseEarlier: parseMaintainNodeInput,
    workflowId: ({ cluster, node }) => maintainNodeWorkflowId({ cluster, node: node.name }),
    taskQueue: maintenanceTaskQueue,
  });
  const isContinued = workflowInfo().continuedFromExecutionRunId !== undefined;
  const session = sessionFor(accepted, isContinued ? resume : undefined);
  receiveMessages(session);
  // Before the act it undoes, after it the node is proven first: so a cancellation is news, and ends no step by force.
  CancellationScope.current().cancelRequested.catch(() => {
    session.state = { ...session.state, isCancelled: true };
    if (session.state.act === null) session.interrupt?.();
  });
  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      const result = await unlessOvertaken(
        () => maintain(session),
        () => session.state !== session.handedOver,
      );
      if (result !== null) return result;
    }
  });
}

/** Performs one action per turn. When the history grows long, a new run continues from the same state. */
async function maintain(session: MaintenanceSession): Promise<MaintainNodeResult> {
  for (;;) {
    showState(session);
    if (workflowInfo().continueAsNewSuggested) {
      session.handedOver = session.state;
      return continueAsNew<typeof maintainNode>(session.input, resumeOf(session));
    }
    const action = maintenancePlan(session.state, nowOf(session));
    await perform(session, action);
    if (action.kind === 'finish') return resultOf(session);
  }
}

/** The descriptions are shown by the Temporal UI, where a person picks a message. */
function receiveMessages(session: MaintenanceSession): void {
  setHandler(slotGranted, (payload) => takeAnswer(session, payload, true), { description: 'Sent by the guard' });
  setHandler(slotWaits, (payload) => takeAnswer(session, payload, false), { description: 'Sent by the guard' });
  setHandler(
    nodeNews,
    () => {
      const { step } = session.state;
      session.state = afterNews(session.state);
      if (step === 'hold') session.interrupt?.();
    },
    { description: 'The node changed: looks at once at one that is held, asks again for a slot. Input: empty' },
  );
  setHandler(maintenanceStatus, () => statusOf(session), { description: 'Step, what it waits for, steps so far' });
  setHandler(
    resolveNode,
    (payload) => {
      const { resolution, by, reason } = resolutionOf(payload);
      log.info(`the node is resolved by hand: ${resolution}`, { by, reason });
      session.state = { ...session.state, resolution };
      session.interrupt?.();
      return { step: session.state.step };
    },
    {
      description:
        'What becomes of a node that is held. Input: {"resolution": "retry" | "give-back" | "leave-cordoned", "by": "who", "reason": "why"}',
      validator: (payload) => {
        resolutionOf(payload);
        if (session.state.step !== 'hold') throw new Error(`the node is not held: its step is ${session.state.step}`);
      },
    },
  );
  ignoreOtherSignals('a maintenance');
}

function takeAnswer(session: MaintenanceSession, payload: unknown, isGranted: boolean): void {
  const parsed = parseSlotAnswer(payload);
  if (!parsed.ok) {
    log.warn('the answer of the guard is ignored', { problem: parsed.problems.join('; ') });
    return;
  }
  session.state = afterAnswer(session.state, { ...parsed.value, isGranted }, nowOf(session));
}

function resolutionOf(payload: unknown) {
  const parsed = parseResolveNode(payload);
  if (parsed.ok) return parsed.value;
  throw ApplicationFailure.nonRetryable(parsed.problems.join('; '), 'InvalidInput');
}
