/** Inputs and results of the activities of `upgradeCluster`: what workflow and maintainer agree on. Durations in milliseconds. */

import type { Resolution } from '../../domain/maintenance/state.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import type { BrokenPods } from '../../domain/upgrade/after-checks.ts';
import type { AlertAnswer, LookAnswer } from '../../domain/upgrade/cluster-progress.ts';
import type { UpgradeOrder, UpgradePart } from '../../domain/upgrade/order.ts';
import type { DecisionPayload, UpgradeReport } from './cluster-status.ts';
import type { TargetVersions } from './upgrade-cluster.ts';
import type { TellUpgradeInput } from './upgrade-events.ts';

export interface LookAtUpgradeInput {
  readonly versions: TargetVersions;
  readonly parts: readonly UpgradePart[];
  /** Null for the coarsest that holds. */
  readonly order: UpgradeOrder | null;
  /** Names of nodes that this run leaves as they are. */
  readonly without: readonly string[];
}

export interface WatchWorkInput {
  readonly nodes: readonly NodeName[];
  /** Those of them that were held at the last look. */
  readonly held: readonly NodeName[];
  readonly isBreakerOpen: boolean;
  readonly stalled: string | null;
  /** Comes back after so long, or as soon as the answer is another one. */
  readonly forMs: number;
  /** What is waited for may change with each look: another reason is an answer after so long. */
  readonly reasonAfterMs: number;
}

export interface WatchWorkResult {
  readonly held: readonly { readonly node: NodeName; readonly detail: string }[];
  readonly isBreakerOpen: boolean;
  /** What is waited for where each of them is held, waits for its slot, or has it and must not act yet; null otherwise. */
  readonly stalled: string | null;
}

export interface AwaitMaintenanceInput {
  readonly node: NodeName;
  readonly forMs: number;
}

export interface ResolveMaintenanceInput extends DecisionPayload {
  readonly node: NodeName;
  readonly resolution: Resolution;
}

export interface UpgradeClusterActivities {
  /** Observes what runs, plans the rest of the way and proves it. Writes nothing. */
  lookAtUpgrade(input: LookAtUpgradeInput): Promise<LookAnswer>;
  /** What is broken now; with `before` without what was so before and what the configuration allows. */
  findBrokenPods(input: { readonly before: readonly BrokenPods[] | null }): Promise<readonly BrokenPods[]>;
  /** Over the whole time since then. */
  lookAtWaveAlerts(input: { readonly sinceMs: number }): Promise<AlertAnswer>;
  watchWork(input: WatchWorkInput): Promise<WatchWorkResult>;
  /** Until no maintenance of the node runs, or the time is over. */
  awaitMaintenance(input: AwaitMaintenanceInput): Promise<'closed' | 'running'>;
  /** Update `resolveNode`; `refused` where the node is not held any more. */
  resolveMaintenance(input: ResolveMaintenanceInput): Promise<'taken' | 'refused'>;
  /** Update `resumeMaintenance` where failures opened the breaker; a pause of the maintenance stays. */
  closeBreaker(input: DecisionPayload): Promise<'closed' | 'as-it-was'>;
  /** Is not waited for by anybody (M48). */
  tellUpgrade(input: TellUpgradeInput): Promise<void>;
  /** Names of the files; none where the configuration has no folder. */
  writeReport(input: UpgradeReport): Promise<readonly string[]>;
}
