/** What the checks before an upgrade need, handed in by the maintainer. Durations in milliseconds. */

import type { Artifact } from '../../../contracts/upgrade/upgrade-cluster.ts';
import type { AlertVerdict } from '../../../domain/maintenance/alert-gate.ts';
import type { DrainPolicy } from '../../../domain/maintenance/pods.ts';
import type { CheckResult } from '../../../domain/upgrade/check.ts';
import type { ControlPlane } from '../../../domain/upgrade/observed.ts';
import type { Acceptance, Finding } from '../../../domain/upgrade/preflight/finding.ts';
import type { ApiEndpoint } from '../../../domain/upgrade/version-skew.ts';
import type { ClusterConnection } from '../../../kubernetes/client/connection.ts';
import type { LabelledPods } from '../../../kubernetes/maintenance/labelled-pods.ts';
import type { ApiServers } from '../../../kubernetes/upgrade/api-servers.ts';
import type { ObserveVersions } from '../../../kubernetes/upgrade/versions.ts';
import type { Executor } from '../../maintenance/executor.ts';
import type { EtcdGateway } from './etcd-gateway.ts';
import type { PrometheusQuestions } from './requests-seen.ts';
import type { SnapshotSettings } from './snapshots.ts';

export interface PreflightSettings {
  readonly controlPlane: ControlPlane;
  readonly endpoint: ApiEndpoint;
  readonly drain: DrainPolicy;
  readonly accept: readonly Acceptance[];
  readonly snapshot: SnapshotSettings & { readonly maxAgeMs: number };
  /** Alerts of at least this time until now count. */
  readonly alertsForMs: number;
  /** Requests of so long ago are over. */
  readonly lookBackMs: number;
  /** Nothing is written, no snapshot either. */
  readonly isDryRun: boolean;
  /** That executors bring to nodes. */
  readonly artifacts: readonly Pick<Artifact, 'name' | 'url' | 'sha256'>[];
}

/** What another watch of the cluster found. Rejects where it cannot be asked; null where it is not to be asked. */
export type OtherWatch = (() => Promise<readonly Finding[]>) | null;

export interface PreflightDeps {
  readonly settings: PreflightSettings;
  readonly cluster: ClusterConnection;
  readonly apiServers: ApiServers;
  readonly observe: ObserveVersions;
  readonly podsWith: LabelledPods;
  /** By the names of the configuration. */
  readonly executors: ReadonlyMap<string, Pick<Executor, 'tryOut'>>;
  /** Null where no endpoint is configured. */
  readonly etcd: EtcdGateway | null;
  /** Null where alerts are not looked at. */
  readonly alertsSince: (sinceMs: number) => Promise<AlertVerdict | null>;
  /** Null where no Prometheus is configured. */
  readonly prometheus: PrometheusQuestions | null;
  readonly connectivity: OtherWatch;
  readonly privileges: OtherWatch;
  readonly now: () => number;
  /** Hook for metrics. */
  readonly onChecked?: (results: readonly CheckResult[]) => void;
}
