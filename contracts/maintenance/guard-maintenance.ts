/** Input, status and messages of the workflow `guardMaintenance`. Times in milliseconds since 1970. */

import type { Breaker } from '../../domain/maintenance/breaker.ts';
import type { GroupTally, Tally } from '../../domain/maintenance/budget.ts';
import type { Purpose } from '../../domain/maintenance/facts.ts';
import type { NodeOutcomeKind } from '../../domain/maintenance/outcome.ts';
import type { AskStage, Pause, Slot, SlotRequest, WaitReason } from '../../domain/maintenance/slots.ts';
import type { NodeName, NodeRef } from '../../domain/node/identity.ts';

export interface GuardMaintenanceInput {
  readonly cluster: string;
}

/** Payload of the signal `askSlot`: asking again changes nothing. */
export type AskSlotPayload = Omit<SlotRequest, 'firstAskedMs' | 'lastAskedMs' | 'reasons'>;

/** Payload of the signal `returnSlot`. */
export interface ReturnSlotPayload {
  readonly node: NodeRef;
  readonly outcome: NodeOutcomeKind;
  /** The node did not come back: the slot is kept (M19). */
  readonly held: boolean;
  /** The act that it is about, 0 before the first: told again, it is no other failure. */
  readonly attempt?: number;
}

/** Payload of the signals `slotGranted` and `slotWaits`, which the guard sends. */
export interface SlotAnswerPayload {
  readonly stage: AskStage;
  /** Empty where it is granted. */
  readonly reasons: readonly string[];
}

/** Of the updates `pauseMaintenance` and `resumeMaintenance`; a pause has an end (M31). */
export type PauseMaintenancePayload = Pause;

export interface ResumeMaintenancePayload {
  readonly by: string;
  readonly reason: string;
}

/** A pause that is forgotten stops what must go on, such as the renewal of certificates. */
export const PAUSE_MAX_MS = 14 * 86_400_000;

export interface ExplainNodePayload {
  readonly node: NodeName;
  readonly purpose: Purpose;
}

export interface NodeExplanation {
  readonly node: NodeName;
  /** `in-work`: it has a slot. */
  readonly kind: 'would-be-granted' | 'would-wait' | 'in-work' | 'gone';
  readonly reasons: readonly WaitReason[];
}

export interface WaitingNode {
  readonly node: NodeName;
  readonly purpose: Purpose;
  readonly stage: AskStage;
  readonly sinceMs: number;
  readonly reasons: readonly WaitReason[];
}

/** Entries of `waiting` in the status; `waitingCount` counts all. */
export const WAITING_SHOWN_MAX = 100;

/** Answer of the query `budgetStatus`. */
export interface BudgetStatus {
  readonly cluster: string;
  /** When the cluster was last looked at; null before. */
  readonly lookedMs: number | null;
  /** Why the last look failed; null where it did not. */
  readonly problem: string | null;
  /** Before this time nothing is given. */
  readonly givesFromMs: number;
  readonly slots: readonly Slot[];
  readonly waiting: readonly WaitingNode[];
  readonly waitingCount: number;
  readonly groups: readonly GroupTally[];
  /** Of all nodes; null before the first look. */
  readonly all: Tally | null;
  readonly breaker: Breaker;
  readonly pause: Pause | null;
}
