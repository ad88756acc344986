/** What a cluster's configuration says of its upgrades, and the steps that are to be taken by it. Durations in milliseconds. */

import type { Limit } from '../maintenance/budget.ts';
import type { Expectation } from '../maintenance/facts.ts';
import type { Version } from '../maintenance/version.ts';
import type { NodeRef } from '../node/identity.ts';
import type { StepPhase } from './order.ts';

export interface UpgradeRules {
  /** Who acts on the nodes of a group. */
  readonly executors: readonly { readonly group: string; readonly executor: string }[];
  readonly canary: { readonly perGroup: number; readonly soakMs: number };
  /** Of each group's workers, with those that are done already; what is left comes after the last. */
  readonly waves: readonly Limit[];
  readonly waveSoakMs: number;
  readonly afterChecks: { readonly settleMs: number; readonly deadlineMs: number };
  /** So long kube-proxy may take to follow the control plane. */
  readonly returnWithinMs: number;
  readonly demands: Pick<Expectation, 'connectivity' | 'healing'>;
}

/** A step of the plan as it can be taken. */
export interface PlannedStep {
  readonly phase: StepPhase;
  /** Null for a step of all nodes. */
  readonly node: NodeRef | null;
  readonly group: string;
  readonly isWorker: boolean;
  /** What must run afterwards; null where it is not exchanged. */
  readonly kubelet: Version | null;
  readonly apiServer: Version | null;
  /** Of what belongs to Kubernetes; null where only etcd is exchanged. */
  readonly to: Version | null;
}

/** Workers of a group, whatever their version. */
export interface GroupCount {
  readonly group: string;
  readonly workers: number;
}
