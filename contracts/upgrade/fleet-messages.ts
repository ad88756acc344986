/** Signals, queries and updates of the workflow `upgradeFleet`; `soakReported` is in `soak-cluster.ts`. */

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Pause } from '../../domain/maintenance/slots.ts';
import type { ClusterDecision, Decider, StageDecision } from '../../domain/upgrade/fleet-decisions.ts';
import type { UpgradeFleetStatus } from './upgrade-fleet.ts';

/** No cluster is begun until its end, at most 14 days ahead (M31); what has begun goes on. */
export const pauseFleet = defineSignal<[Pause]>('pauseUpgrade');
export const resumeFleet = defineSignal<[Decider]>('resumeUpgrade');

export const fleetStatus = defineQuery<UpgradeFleetStatus>('upgradeStatus');

/** Approves or rejects a stage; `by` is shown as claimed. */
export const approveStage = defineUpdate<FleetAnswer, [StageDecision]>('approveStage');
/** Leaves a cluster out; an upgrade that runs ends at its next border. */
export const skipCluster = defineUpdate<FleetAnswer, [ClusterDecision]>('skipCluster');
/** Tries a cluster again that failed or was skipped. */
export const retryCluster = defineUpdate<FleetAnswer, [ClusterDecision]>('retryCluster');
/** Begins nothing more; what runs ends at its next border. */
export const abortFleet = defineUpdate<FleetAnswer, [Decider]>('abortUpgrade');

export interface FleetAnswer {
  readonly isTaken: true;
}
