/** Shows a maintenance to others: its status, its result, the current details in the Temporal UI. */

import { setCurrentDetails } from '@temporalio/workflow';
import type { MaintainNodeResult, MaintenanceStatus } from '../../contracts/maintenance/maintain-node.ts';
import type { MaintenanceSession } from './session.ts';

export function showState(session: MaintenanceSession): void {
  const { input, state } = session;
  const waitsFor = waitsOf(session);
  setCurrentDetails(
    [
      `**${input.purpose}** of ${input.node.name}: step \`${state.step}\`${state.isCancelled ? ', cancelled' : ''}`,
      ...waitsFor.map((text) => `- ${text}`),
    ].join('\n'),
  );
}

export function statusOf(session: MaintenanceSession): MaintenanceStatus {
  const { cluster, node, run, purpose, executor } = session.input;
  const { step, stepSinceMs, isCancelled, evicted, steps, finish, isOver } = session.state;
  return {
    cluster,
    node,
    run,
    purpose,
    executor,
    step,
    stepSinceMs,
    waitsFor: waitsOf(session),
    isHeld: step === 'hold',
    isCancelled,
    evicted,
    steps,
    outcome: isOver ? (finish?.outcome ?? null) : null,
  };
}

/** Throws where the maintenance has no end yet. */
export function resultOf({ input, state }: MaintenanceSession): MaintainNodeResult {
  const { finish, before, after, steps, evicted, act } = state;
  if (finish === null) throw new Error(`the maintenance of ${input.node.name} has not ended`);
  return { ...finish, before, after, steps, evicted, executorSaid: act?.ended?.detail ?? null };
}

function waitsOf({ state }: MaintenanceSession): readonly string[] {
  return [...state.asking.reasons, ...state.missing];
}
