/** What `upgradeCluster` says of itself: answers of its queries, payloads of its messages. Times in milliseconds since 1970. */

import type { NodeOutcomeKind } from '../../domain/maintenance/outcome.ts';
import type { Pause } from '../../domain/maintenance/slots.ts';
import type { BrokenPods } from '../../domain/upgrade/after-checks.ts';
import type { CheckResult } from '../../domain/upgrade/check.ts';
import type { Decision, NodeRecord, Problem, WaveSoak } from '../../domain/upgrade/cluster-state.ts';
import type { UpgradeStateName } from '../../domain/upgrade/cluster-words.ts';
import type { UpgradeNodeCounts } from '../../domain/upgrade/node-states.ts';
import type { UpgradeOrder, UpgradePart } from '../../domain/upgrade/order.ts';
import type { PlannedStep } from '../../domain/upgrade/rules.ts';
import type { TargetVersions, UpgradeClusterInput, UpgradeOutcome } from './upgrade-cluster.ts';

/** Answer of the query `upgradeStatus`. */
export interface UpgradeClusterStatus extends Pick<UpgradeClusterInput, 'cluster' | 'run' | 'mode' | 'startedBy'> {
  readonly versions: TargetVersions;
  readonly state: UpgradeStateName;
  /** Null before the end. */
  readonly outcome: UpgradeOutcome | null;
  readonly detail: string;
  readonly startedMs: number;
  /** What is waited for and why; empty where nothing is. */
  readonly waitsFor: readonly string[];
  readonly part: UpgradePart | null;
  /** Such as `canary` or `wave 1 of 2`; null outside the workers. */
  readonly wave: string | null;
  readonly inWork: readonly string[];
  readonly problems: readonly Problem[];
  readonly counts: Readonly<Partial<Record<NodeOutcomeKind, number>>>;
  readonly leftCount: number;
  /** Each node in one state. */
  readonly nodes: UpgradeNodeCounts;
  /** When approvals end that the run still needs; null where none do. */
  readonly approvalUntilMs: number | null;
  readonly soak: WaveSoak | null;
  readonly pause: Pause | null;
  readonly planDigest: string;
}

/** Answer of the query `upgradePlan`: the first plan of the run. */
export interface UpgradePlanAnswer {
  /** Null where there is no plan, see the result. */
  readonly order: UpgradeOrder | null;
  readonly steps: readonly PlannedStep[];
  readonly unjudged: readonly string[];
  readonly preflight: readonly CheckResult[];
  readonly planDigest: string;
}

/** Answer of the query `upgradeReport`, and what is written at the end (M46). */
export interface UpgradeReport extends UpgradeClusterStatus {
  readonly order: UpgradeOrder | null;
  readonly parts: readonly UpgradePart[];
  readonly writtenMs: number;
  readonly approvedBy: readonly string[];
  readonly preflight: readonly CheckResult[];
  readonly records: readonly NodeRecord[];
  /** Older ones that are left out. */
  readonly recordsLost: number;
  readonly decisions: readonly Decision[];
  readonly broken: readonly BrokenPods[];
}

/** `by` is what the client says of itself (M38). */
export interface DecisionPayload {
  readonly by: string;
  readonly reason: string;
}

export interface NodeDecisionPayload extends DecisionPayload {
  readonly node: string;
}
