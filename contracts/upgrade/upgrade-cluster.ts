/** Input and result of the workflow `upgradeCluster`. Times in milliseconds since 1970. */

import type { NodeOutcomeKind } from '../../domain/maintenance/outcome.ts';
import type { Version } from '../../domain/maintenance/version.ts';
import type { CheckResult } from '../../domain/upgrade/check.ts';
import type { UpgradePart } from '../../domain/upgrade/order.ts';

export interface Artifact {
  readonly name: string;
  readonly url: string;
  readonly sha256: string;
  readonly path: string;
  readonly mode: string;
}

export interface TargetVersions {
  /** Build metadata (`+k3s1`) is kept and compared. */
  readonly kubernetes: Version;
  readonly cni: Version | null;
  readonly crictl: Version | null;
  /** Null: etcd stays as it is. */
  readonly etcd: Version | null;
  readonly artifacts: readonly Artifact[];
}

export const UPGRADE_MODES = ['survey', 'upgrade'] as const;

export interface UpgradeClusterInput {
  readonly cluster: string;
  /** A DNS label. */
  readonly run: string;
  readonly versions: TargetVersions;
  readonly parts: readonly UpgradePart[];
  /** A survey writes nothing (M8). */
  readonly mode: (typeof UPGRADE_MODES)[number];
  /** Who started it, as the client says of itself. */
  readonly startedBy: string;
  /** Id of the workflow to report to; null for a person. */
  readonly fleet: string | null;
}

export const UPGRADE_OUTCOMES = ['done', 'already-done', 'partial', 'blocked', 'aborted', 'rejected'] as const;
export type UpgradeOutcome = (typeof UPGRADE_OUTCOMES)[number];

export interface NodeException {
  readonly node: string;
  readonly outcome: NodeOutcomeKind;
  readonly detail: string;
}

export interface UpgradeClusterResult {
  readonly outcome: UpgradeOutcome;
  readonly detail: string;
  readonly counts: Readonly<Partial<Record<NodeOutcomeKind, number>>>;
  /** The first 200. */
  readonly exceptions: readonly NodeException[];
  readonly preflight: readonly CheckResult[];
  /** `sha256:` and 64 hexadecimal digits. */
  readonly planDigest: string;
}
