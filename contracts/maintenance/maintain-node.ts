/** Input, result and status of the workflow `maintainNode`. Times in milliseconds since 1970. */

import type { ActPhase, Expectation, NodeFactsForMaintenance, Purpose } from '../../domain/maintenance/facts.ts';
import type { NodeOutcomeKind } from '../../domain/maintenance/outcome.ts';
import type { Resolution, StepName, StepRecord } from '../../domain/maintenance/state.ts';
import type { Version } from '../../domain/maintenance/version.ts';
import type { NodeRef } from '../../domain/node/identity.ts';

/** What an act of an upgrade brings along, for the executor; null: it stays as it is. */
export interface ActVersions {
  readonly kubernetes: Version | null;
  readonly cni: Version | null;
  readonly crictl: Version | null;
  readonly etcd: Version | null;
}

/** Self-contained but for what an executor's name means: that is the cluster's own configuration (M55). */
export interface MaintainNodeInput {
  readonly cluster: string;
  readonly node: NodeRef;
  /** A DNS label. */
  readonly run: string;
  readonly group: string;
  readonly purpose: Purpose;
  /** Decides whether the node is drained. */
  readonly phase: ActPhase;
  /** A name of the cluster's configuration; null: recover what another one left. */
  readonly executor: string | null;
  readonly expect: Expectation;
  readonly versions?: ActVersions;
  /** Its place among those that wait for a slot, as whoever asked for it wants it; absent: the time of its first ask. */
  readonly queuedMs?: number;
  /** Id of the workflow that asked for it; null for a person. */
  readonly parent: string | null;
}

export interface MaintainNodeResult {
  readonly outcome: NodeOutcomeKind;
  readonly detail: string;
  /** Null where the node was gone from the start. */
  readonly before: NodeFactsForMaintenance | null;
  readonly after: NodeFactsForMaintenance | null;
  readonly steps: readonly StepRecord[];
  readonly evicted: number;
  readonly executorSaid: string | null;
}

/** Answer of the query `maintenanceStatus`. */
export interface MaintenanceStatus {
  readonly cluster: string;
  readonly node: NodeRef;
  readonly run: string;
  readonly purpose: Purpose;
  readonly executor: string | null;
  readonly step: StepName;
  readonly stepSinceMs: number;
  /** What is waited for, or in the way; empty where nothing is. */
  readonly waitsFor: readonly string[];
  readonly isHeld: boolean;
  readonly isCancelled: boolean;
  readonly evicted: number;
  readonly steps: readonly StepRecord[];
  readonly outcome: NodeOutcomeKind | null;
}

/** Of the update `resolveNode`. */
export interface ResolveNodePayload {
  readonly resolution: Resolution;
  /** As the client says of itself. */
  readonly by: string;
  readonly reason: string;
}
