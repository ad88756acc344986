/** The activities of maintenance on a real API server, with pods, budgets and kubelets played by an administrator. */

import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createMaintenanceActivities } from '../../../activities/maintenance/activities.ts';
import type { MaintenanceActivityDeps } from '../../../activities/maintenance/deps.ts';
import { podExecutor } from '../../../activities/maintenance/pod-executor.ts';
import type { MaintenanceActivities } from '../../../contracts/maintenance/activities.ts';
import type { NodeRef } from '../../../domain/node/identity.ts';
import type { ClusterConnection } from '../../../kubernetes/client/connection.ts';
import { createActPods } from '../../../kubernetes/maintenance/act-pods.ts';
import { createMaintenanceNodes } from '../../../kubernetes/maintenance/nodes.ts';
import { createNodePods } from '../../../kubernetes/maintenance/pods.ts';
import { createNodeVolumes } from '../../../kubernetes/maintenance/volumes.ts';
import { createNodeEvents } from '../../../kubernetes/nodes/events.ts';
import { type ApiClient, MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { fields, itemsOf } from '../kubernetes/cluster-fixtures.ts';

export const ACT_NAMESPACE = 'vigilante-maintenance';
const HALF = { percent: 50, count: null };

/** What a test may change: the rest is as in the product. */
export type DepsChange = Partial<MaintenanceActivityDeps>;

export function maintenanceDeps(connection: ClusterConnection, change: DepsChange = {}): MaintenanceActivityDeps {
  const actPods = createActPods(connection, ACT_NAMESPACE);
  const spec = {
    containers: [{ name: 'act', image: 'example.org/act', env: [{ name: 'VIGILANTE_NODE', value: 'evil' }] }],
  };
  const settings = { phases: ['node', 'kubelet'], deadlineMs: 60_000, template: { spec } } as const;
  return {
    settings: {
      drain: {
        orphans: 'evict',
        emptyDir: 'evict',
        respectSafeToEvict: true,
        force: [],
        deadlineMs: 60_000,
        parallel: 10,
      },
      prove: { returnWithinMs: 60_000, healingMs: 60_000, settleMs: 40 },
      budget: {
        cluster: HALF,
        groups: [{ name: 'workers', max: HALF }],
        unavailable: HALF,
        rules: { oneZoneAtATime: true, lastNode: 'refuse', failuresMax: 1, closeAfterMs: 600_000 },
      },
      groups: [{ name: 'workers', requirements: [] }],
      ignore: [],
    },
    nodes: createMaintenanceNodes(connection, { healedAnnotation: 'healed' }),
    pods: createNodePods(connection),
    volumes: createNodeVolumes(connection),
    actPods,
    executors: new Map([['act', podExecutor(actPods, settings)]]),
    reports: async () => ({ agents: 'none', sentinel: 'unknown' }),
    controlPlaneOf: async () => null,
    gatesFor: async () => ({ isOpen: true, reasons: [] }),
    guard: { ask: async () => undefined, giveBack: async () => undefined, knows: async () => true },
    maintenances: { start: async () => undefined, state: async () => 'running', wakeAll: async () => undefined },
    restartHeal: async () => undefined,
    serverNowMs: connection.serverNowMs,
    drainEveryMs: 50,
    watchEveryMs: 20,
    events: createNodeEvents(connection),
    ...change,
  };
}

/** Runs one activity of these deps. */
export function asActivity<T>(
  deps: MaintenanceActivityDeps,
  run: (activities: MaintenanceActivities) => Promise<T>,
): Promise<T> {
  const silent = () => {};
  const logger = { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent };
  const activities = createMaintenanceActivities(deps);
  return new MockActivityEnvironment({}, { logger }).run<[], T, () => Promise<T>>(() => run(activities));
}

export interface PodOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner?: string | null;
  readonly volumes?: readonly object[];
  readonly finalizers?: readonly string[];
}

/** A namespace of its own, so that budgets of other tests do not match. */
export async function newNamespace(admin: ApiClient): Promise<string> {
  const name = `test-${randomUUID().slice(0, 8)}`;
  await admin.demand('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
  await admin.demand('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { body: { metadata: { name: 'default' } } });
  return name;
}

/** Runs on the node and is Ready. */
export async function addPod(
  admin: ApiClient,
  { namespace, name, node }: { readonly namespace: string; readonly name: string; readonly node: NodeRef },
  { labels = { app: 'web' }, annotations = {}, owner = 'ReplicaSet', volumes = [], finalizers = [] }: PodOptions = {},
): Promise<void> {
  const reference = { apiVersion: 'apps/v1', kind: owner, name: 'owner', uid: randomUUID(), controller: true };
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  await admin.demand('POST', pods, {
    body: {
      metadata: { name, labels, annotations, finalizers, ownerReferences: owner === null ? [] : [reference] },
      spec: {
        nodeName: node.name,
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'web', image: 'example.org/web' }],
        volumes,
      },
    },
  });
  const conditions = [{ type: 'Ready', status: 'True' }];
  await admin.demand('PATCH', `${pods}/${name}/status`, {
    body: { status: { phase: 'Running', conditions } },
    contentType: MERGE_PATCH,
  });
}

/** As the disruption controller would write it. */
export async function addBudget(
  admin: ApiClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  allowed: number,
): Promise<void> {
  const budgets = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;
  await admin.demand('POST', budgets, {
    body: { metadata: { name }, spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } } },
  });
  await allow(admin, { namespace, name }, allowed);
}

export async function allow(
  admin: ApiClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  allowed: number,
): Promise<void> {
  const path = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/${name}/status`;
  const counts = { disruptionsAllowed: allowed, currentHealthy: 2 + allowed, desiredHealthy: 2, expectedPods: 3 };
  const status = { ...counts, observedGeneration: 1, conditions: [] };
  await admin.demand('PATCH', path, { body: { status }, contentType: MERGE_PATCH });
}

/** What kubelets do with pods that were asked to end. */
export async function endPods(admin: ApiClient, namespace: string): Promise<void> {
  for (const { metadata } of await itemsOf(admin, `/api/v1/namespaces/${namespace}/pods`)) {
    const { name, deletionTimestamp } = fields(metadata);
    if (deletionTimestamp === undefined) continue;
    await admin.demand('DELETE', `/api/v1/namespaces/${namespace}/pods/${String(name)}?gracePeriodSeconds=0`, {
      alsoFine: [404],
    });
  }
}
