/** Signals, queries and updates of the workflow `upgradeCluster`. */

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Pause } from '../../domain/maintenance/slots.ts';
import type {
  DecisionPayload,
  NodeDecisionPayload,
  UpgradeClusterStatus,
  UpgradePlanAnswer,
  UpgradeReport,
} from './cluster-status.ts';

/** No other node is begun until its end, at most 14 days ahead (M31). */
export const pauseUpgrade = defineSignal<[Pause]>('pauseUpgrade');
/** Ends a pause, and closes a breaker that failures opened. */
export const resumeUpgrade = defineSignal<[DecisionPayload]>('resumeUpgrade');

export const upgradeStatus = defineQuery<UpgradeClusterStatus>('upgradeStatus');
export const upgradePlan = defineQuery<UpgradePlanAnswer>('upgradePlan');
export const upgradeReport = defineQuery<UpgradeReport>('upgradeReport');

/** Takes a node out of the run; one that is held is given back. */
export const skipNode = defineUpdate<DecisionAnswer, [NodeDecisionPayload]>('skipNode');
/** Tries a node again; one that is held is acted upon again. */
export const retryNode = defineUpdate<DecisionAnswer, [NodeDecisionPayload]>('retryNode');
/** Begins nothing more; finishes what has been begun, and ends. */
export const abortUpgrade = defineUpdate<DecisionAnswer, [DecisionPayload]>('abortUpgrade');

export interface DecisionAnswer {
  readonly isTaken: true;
}
