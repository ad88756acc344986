/** What a maintenance reports: Events on its node, and its end to the guard. */

import { workflowInfo } from '@temporalio/workflow';
import type { ReturnSlotInput } from '../../contracts/maintenance/activities.ts';
import type { RecordMaintenanceInput } from '../../contracts/maintenance/node-events.ts';
import { callOf } from './calls.ts';
import type { MaintenanceSession } from './session.ts';

/** An Event is never worth more than so many tries. */
const EVENT_ATTEMPTS_MAX = 3;

export async function reportEvent(
  { input: { node }, state }: MaintenanceSession,
  event: RecordMaintenanceInput['event'],
  message: string,
): Promise<void> {
  const key = `${workflowInfo().firstExecutionRunId}/${state.act?.attempt ?? 0}/${state.step}`;
  const call = { summary: `Event ${event}`, input: { node, event, message, key }, attemptsMax: EVENT_ATTEMPTS_MAX };
  // Whatever became of it: the maintenance goes on.
  await callOf('recordMaintenance', call).catch(() => undefined);
}

export async function returnSlot(
  { input: { cluster, node, purpose }, state }: MaintenanceSession,
  { outcome, held, isNews }: Pick<ReturnSlotInput, 'outcome' | 'held' | 'isNews'>,
): Promise<void> {
  const summary = held ? 'the node is held' : 'give the slot back';
  const attempt = state.act?.attempt ?? 0;
  const steps = held ? [] : state.steps.map(({ step, fromMs, toMs }) => ({ step, tookMs: toMs - fromMs }));
  await callOf('returnSlot', { summary, input: { cluster, node, purpose, outcome, held, attempt, isNews, steps } });
}
