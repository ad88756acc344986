/** Signals, queries and updates of the workflows `maintainNode` and `guardMaintenance`. */

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  AskSlotPayload,
  BudgetStatus,
  ExplainNodePayload,
  NodeExplanation,
  PauseMaintenancePayload,
  ResumeMaintenancePayload,
  ReturnSlotPayload,
  SlotAnswerPayload,
} from './guard-maintenance.ts';
import type { MaintenanceStatus, ResolveNodePayload } from './maintain-node.ts';

export const askSlot = defineSignal<[AskSlotPayload]>('askSlot');
export const returnSlot = defineSignal<[ReturnSlotPayload]>('returnSlot');
export const budgetStatus = defineQuery<BudgetStatus>('budgetStatus');

/** Nothing is taken and nothing is acted upon until its end; what has begun is proven and given back. */
export const pauseMaintenance = defineUpdate<Pick<BudgetStatus, 'pause'>, [PauseMaintenancePayload]>(
  'pauseMaintenance',
);
/** Ends a pause, and closes a breaker that failures opened. */
export const resumeMaintenance = defineUpdate<Pick<BudgetStatus, 'breaker'>, [ResumeMaintenancePayload]>(
  'resumeMaintenance',
);
/** Looks at the cluster now, and changes nothing. */
export const explainNode = defineUpdate<NodeExplanation, [ExplainNodePayload]>('explainNode');

export const slotGranted = defineSignal<[SlotAnswerPayload]>('slotGranted');
export const slotWaits = defineSignal<[SlotAnswerPayload]>('slotWaits');
/** The node changed: it is looked at at once. */
export const nodeNews = defineSignal('nodeNews');
export const maintenanceStatus = defineQuery<MaintenanceStatus>('maintenanceStatus');
/** What becomes of a node that is held. */
export const resolveNode = defineUpdate<Pick<MaintenanceStatus, 'step'>, [ResolveNodePayload]>('resolveNode');
