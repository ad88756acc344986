/** The checks before an upgrade with the product's own parts; a test changes what it is about. */

import { MockActivityEnvironment } from '@temporalio/testing';
import { createPreflightActivities } from '../../../activities/upgrade/preflight/activities.ts';
import type { PreflightDeps, PreflightSettings } from '../../../activities/upgrade/preflight/deps.ts';
import type { PreflightInput } from '../../../contracts/upgrade/activities.ts';
import type { CheckName, CheckResult } from '../../../domain/upgrade/check.ts';
import type { Acceptance } from '../../../domain/upgrade/preflight/finding.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import type { KubeconfigSource } from '../../../kubernetes/client/kubeconfig.ts';
import { createLabelledPods } from '../../../kubernetes/maintenance/labelled-pods.ts';
import { type ApiServers, createApiServers } from '../../../kubernetes/upgrade/api-servers.ts';
import { createVersionReader } from '../../../kubernetes/upgrade/versions.ts';
import { version } from '../../fixtures/maintenance.ts';

const DAY_MS = 86_400_000;

export const SETTINGS: PreflightSettings = {
  controlPlane: 'managed',
  endpoint: { controllers: 'local', kubelets: 'balanced' },
  drain: { orphans: 'evict', emptyDir: 'evict', respectSafeToEvict: true, force: [] },
  accept: [],
  snapshot: { folder: '/nonexistent', keep: 2, maxAgeMs: 3_600_000 },
  alertsForMs: 600_000,
  lookBackMs: DAY_MS,
  isDryRun: false,
  artifacts: [],
};

export interface PreflightWorld {
  readonly connection: ClusterConnection;
  readonly apiServers: ApiServers;
  deps(change?: Partial<PreflightDeps>, settings?: Partial<PreflightSettings>): PreflightDeps;
  close(): Promise<void>;
}

/** One API server, asked by this account; without its address the EndpointSlices are asked for it. */
export function preflightWorld(kubeconfig: KubeconfigSource, url: string | null): PreflightWorld {
  const connection = connectCluster({ kubeconfig });
  const apiServers = createApiServers({
    cluster: connection,
    configured: url === null ? [] : [{ url, serverName: null, node: null }],
    connect: (server) => connectCluster({ kubeconfig: { ...kubeconfig, server }, isDryRun: true }),
  });
  return {
    connection,
    apiServers,
    deps: (change = {}, settings = {}) => ({
      settings: { ...SETTINGS, ...settings },
      cluster: connection,
      apiServers,
      observe: createVersionReader({ cluster: connection, apiServers, controlPlane: 'managed' }),
      podsWith: createLabelledPods(connection),
      executors: new Map(),
      etcd: null,
      alertsSince: async () => null,
      prometheus: null,
      connectivity: null,
      privileges: null,
      now: Date.now,
      ...change,
    }),
    async close() {
      await apiServers.close();
      await connection.close();
    },
  };
}

export function preflightInput(changes: Partial<PreflightInput> = {}): PreflightInput {
  return {
    run: 'test',
    versions: { kubernetes: version('v1.37.2'), cni: null, crictl: null, etcd: null, artifacts: [] },
    parts: ['control-plane', 'workers'],
    moment: 'before-acts',
    ...changes,
  };
}

export function checkAll(
  deps: PreflightDeps,
  input: PreflightInput = preflightInput(),
): Promise<readonly CheckResult[]> {
  const activities = createPreflightActivities(deps);
  return new MockActivityEnvironment().run<[], readonly CheckResult[], () => Promise<readonly CheckResult[]>>(() =>
    activities.checkCluster(input),
  );
}

export async function checkOne(
  deps: PreflightDeps,
  check: CheckName,
  input: PreflightInput = preflightInput(),
): Promise<CheckResult> {
  const found = (await checkAll(deps, input)).find((one) => one.check === check);
  if (found === undefined) throw new Error(`${check} was not made`);
  return found;
}

/** What a person writes into the configuration, until tomorrow. */
export function acceptance(check: CheckName, ...objects: readonly string[]): Acceptance {
  return { check, objects, reason: 'CHG-4711', untilMs: Date.now() + DAY_MS };
}
