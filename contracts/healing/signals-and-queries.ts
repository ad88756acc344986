/** Signals and query of the workflow `healNode`. */

import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { NodeObservation } from '../../domain/node/facts.ts';
import type { HealingStatus } from './heal-node.ts';

export interface RestartHealingPayload {
  readonly reason?: string;
}

/** Sets the annotation to false, then runs a full new window with the errors cleared (H13). */
export const restartHealing = defineSignal<[RestartHealingPayload?]>('restartHealing');

/** What the starter saw of the node; a repeat of what the heal knows changes nothing (H2). */
export const nodeChanged = defineSignal<[NodeObservation]>('nodeChanged');

export const healingStatus = defineQuery<HealingStatus>('healingStatus');
