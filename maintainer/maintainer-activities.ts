/** All activities of the maintainer, with what they need. */

import type { Registry } from 'prom-client';

import { createPrivilegesActivities } from '../activities/privileges/activities.ts';
import type { PrivilegesActivityDeps } from '../activities/privileges/deps.ts';
import type { Config } from '../config/schema/config.ts';
import type { PrivilegesActivities } from '../contracts/privileges/activities.ts';
import type { ClusterConnection } from '../kubernetes/client/connection.ts';
import { createObjectEvents } from '../kubernetes/client/events.ts';
import { createRunningContainers } from '../kubernetes/privileges/pods.ts';
import { readDeclaredFile } from './declared-file.ts';
import { createPrivilegesMetrics } from './privileges-metrics.ts';

export type MaintainerActivities = PrivilegesActivities;

export interface MaintainerActivityParts {
  readonly cluster: ClusterConnection;
  readonly registry: Registry;
  readonly collector: PrivilegesActivityDeps['collector'];
}

export function createMaintainerActivities(
  { maintenance }: Pick<Config, 'maintenance'>,
  { cluster, registry, collector }: MaintainerActivityParts,
): MaintainerActivities {
  const { declared, intervalMs } = maintenance.privileges;
  return createPrivilegesActivities({
    collector,
    intervalMs,
    containers: createRunningContainers(cluster),
    declared: () => readDeclaredFile(declared),
    events: createObjectEvents(cluster),
    ...createPrivilegesMetrics(registry, { intervalMs }),
  });
}
