/** Input, result, status and activity of the workflow `upgradeFleet`. Times in milliseconds since 1970, durations in milliseconds. */

import type { Pause } from '../../domain/maintenance/slots.ts';
import type { FleetRules } from '../../domain/upgrade/fleet-stage.ts';
import type {
  ClusterOutcome,
  ClusterPhase,
  FleetCluster,
  FleetDecision,
  FleetOutcome,
} from '../../domain/upgrade/fleet-state.ts';
import type { UpgradePart } from '../../domain/upgrade/order.ts';
import type { TargetVersions } from './upgrade-cluster.ts';
import type { TellFleetInput } from './upgrade-events.ts';

export interface UpgradeFleetInput extends FleetRules {
  /** A DNS label, such as `2026-48-v1-37`. */
  readonly run: string;
  readonly versions: TargetVersions;
  readonly parts: readonly UpgradePart[];
  /** As the client says of itself. */
  readonly startedBy: string;
}

export interface ClusterResult {
  readonly cluster: string;
  readonly stage: string;
  readonly outcome: ClusterOutcome;
  readonly detail: string;
}

export interface UpgradeFleetResult {
  readonly outcome: FleetOutcome;
  readonly detail: string;
  readonly clusters: readonly ClusterResult[];
  readonly decisions: readonly FleetDecision[];
}

export const FLEET_STATES = [
  'surveying',
  'running',
  'soaking',
  'waiting-for-approval',
  'paused',
  'halted',
  'stopping',
  'ended',
] as const;
export type FleetStateName = (typeof FLEET_STATES)[number];

/** Answer of the query `upgradeStatus`. */
export interface UpgradeFleetStatus extends Pick<UpgradeFleetInput, 'run' | 'startedBy' | 'versions'> {
  readonly state: FleetStateName;
  /** Null before the end. */
  readonly outcome: FleetOutcome | null;
  readonly detail: string;
  /** The stage that is under way; null before the surveys are over, and at the end. */
  readonly stage: string | null;
  /** What is waited for and why; empty where nothing is. */
  readonly waitsFor: readonly string[];
  readonly clusters: readonly ClusterStatus[];
  readonly pause: Pause | null;
  readonly decisions: readonly FleetDecision[];
}

export interface ClusterStatus
  extends Pick<FleetCluster, 'cluster' | 'sinceMs' | 'detail' | 'survey' | 'isUnreachable' | 'soak'> {
  readonly stage: string;
  readonly phase: ClusterPhase;
}

export interface WatchMaintainersInput {
  readonly clusters: readonly string[];
  /** Those that are known to take no work. */
  readonly unreachable: readonly string[];
}

export interface WatchMaintainersResult {
  readonly unreachable: readonly string[];
}

export interface FleetActivities {
  /** Comes back when others take no work than are known, or after an hour. */
  watchMaintainers(input: WatchMaintainersInput): Promise<WatchMaintainersResult>;
  /** Never throws, and waits for nobody. */
  tellFleet(input: TellFleetInput): Promise<void>;
}
