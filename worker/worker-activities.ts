/** All activities of the worker, with what they need. */

import type { ConnectionLike } from '@temporalio/client';
import type { Registry } from 'prom-client';

import { createConnectivityActivities } from '../activities/connectivity/activities.ts';
import { createHealingActivities } from '../activities/healing/activities.ts';
import { healingPolicy } from '../config/policies/healing.ts';
import type { ConnectivityActivities } from '../contracts/connectivity/activities.ts';
import type { HealingActivities } from '../contracts/healing/activities.ts';
import type { ClusterConnection } from '../kubernetes/client/connection.ts';
import { healableNodes } from '../kubernetes/healing/healable-nodes.ts';
import { createHealingPods } from '../kubernetes/healing/pods.ts';
import { createNodeConditions } from '../kubernetes/nodes/conditions.ts';
import { createNodeEvents } from '../kubernetes/nodes/events.ts';
import type { NodeInformer } from '../kubernetes/nodes/informer.ts';
import { createNodes } from '../kubernetes/nodes/nodes.ts';
import { temporalClient } from '../temporal/client.ts';
import { healStartsOf } from '../temporal/healing/heal-starts.ts';
import type { TemporalContext } from '../temporal/process.ts';
import type { CollectorClient } from './collector-client.ts';
import { createConnectivityMetrics } from './connectivity-metrics.ts';
import { createWorkerMetrics } from './healing-metrics.ts';

export interface ActivityParts {
  readonly cluster: ClusterConnection;
  readonly informer: NodeInformer;
  readonly registry: Registry;
  readonly connection: ConnectionLike;
  readonly collector: CollectorClient;
}

export function createWorkerActivities(
  { config, log, temporal }: TemporalContext,
  { cluster, informer, registry, connection, collector }: ActivityParts,
): HealingActivities & ConnectivityActivities {
  const { annotation: healedAnnotation, foreignMark, intervalMs, pod } = config.healing;
  const namespace = pod.namespace ?? cluster.namespace ?? 'default';
  const metrics = createWorkerMetrics(registry, cluster.serverNowMs);
  log.info(`healing pods are made in namespace ${namespace}`);
  const nodes = createNodes(cluster, { healedAnnotation, foreignMark, healable: healableNodes(config.healing) });
  const events = createNodeEvents(cluster);
  const policy = healingPolicy(config);
  const client = temporalClient(connection, temporal.namespace);
  const healStarts = healStartsOf(client, { cluster: config.cluster, annotation: healedAnnotation });
  const onEventDropped = (reason: string) => {
    metrics.onEventDropped(reason);
    log.warn(`an Event was left out: ${reason}`);
  };
  return {
    ...createHealingActivities({
      nodes,
      pods: createHealingPods(cluster, { ...pod, namespace, intervalMs }),
      events,
      // A cache that has lost its watch may be old: then the API server is asked.
      informer: { get: (name) => (informer.health().failuresInARow > 0 ? undefined : informer.get(name)) },
      healedAnnotation,
      ...metrics,
      onEventDropped,
    }),
    ...createConnectivityActivities({
      collector,
      conditions: createNodeConditions(cluster),
      events,
      nodes,
      restartHeal: ({ name }, reason) => healStarts.restart(name, { policy, reason }),
      healingWindowMs: config.healing.windowMs,
      ...createConnectivityMetrics(registry),
      onEventDropped,
    }),
  };
}
