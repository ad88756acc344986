/** All activities of the worker, with what they need. */

import type { ConnectionLike } from '@temporalio/client';
import type { Registry } from 'prom-client';

import { createConnectivityActivities } from '../activities/connectivity/activities.ts';
import { createHealingActivities } from '../activities/healing/activities.ts';
import type { ProbingDeps } from '../activities/healing/deps.ts';
import { createOnboardingActivities } from '../activities/healing/onboarding-activities.ts';
import { endpointAddress } from '../config/echo-contradictions.ts';
import { healPlan } from '../config/policies/healing.ts';
import type { ConnectivityActivities } from '../contracts/connectivity/activities.ts';
import type { HealingActivities } from '../contracts/healing/activities.ts';
import { SNAT_PROFILE } from '../contracts/healing/names.ts';
import type { OnboardingActivities } from '../contracts/healing/onboarding-activities.ts';
import type { NodeName } from '../domain/node/identity.ts';
import type { ClusterConnection } from '../kubernetes/client/connection.ts';
import { healableNodes } from '../kubernetes/healing/healable-nodes.ts';
import { createPodEnds } from '../kubernetes/healing/pod-ends.ts';
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
import { startEchoReach } from './echo-reach.ts';
import { createWorkerMetrics } from './healing-metrics.ts';
import { createProbeMetrics } from './probe-metrics.ts';

export interface WorkerActivities {
  readonly activities: HealingActivities & ConnectivityActivities;
  readonly onboarding: OnboardingActivities;
  /** Ends what goes on in the background. */
  stop(): Promise<void>;
}

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
): WorkerActivities {
  const { annotation: healedAnnotation, foreignMark, intervalMs, pod } = config.healing;
  const namespace = pod.namespace ?? cluster.namespace ?? 'default';
  const metrics = createWorkerMetrics(registry, cluster.serverNowMs);
  log.info(`healing pods are made in namespace ${namespace}`);
  const nodes = createNodes(cluster, { healedAnnotation, foreignMark, healable: healableNodes(config.healing) });
  const events = createNodeEvents(cluster);
  const plan = healPlan(config);
  const client = temporalClient(connection, temporal.namespace);
  const healStarts = healStartsOf(client, { cluster: config.cluster, annotation: healedAnnotation });
  const onEventDropped = (reason: string) => {
    metrics.onEventDropped(reason);
    log.warn(`an Event was left out: ${reason}`);
  };
  const pods = createHealingPods(cluster, { ...pod, namespace, intervalMs });
  const healing = {
    nodes,
    pods,
    events,
    // A cache that has lost its watch may be old: then the API server is asked.
    informer: { get: (name: NodeName) => (informer.health().failuresInARow > 0 ? undefined : informer.get(name)) },
    healedAnnotation,
    ...metrics,
    onEventDropped,
  };
  const { endpoints, settleMs } = config.healing.echo;
  for (const { name, url, trust } of endpoints) {
    // A Windows pod has no DNS in its first seconds, and curl does not try a name again.
    if (endpointAddress(url) === null) log.warn(`endpoint ${name} is asked by a name (${url}): use an address`);
    if (trust === 'unsigned') log.warn(`endpoint ${name} is not signed: whoever answers for ${url} is believed`);
  }
  const probes = createProbeMetrics(registry);
  const reach = startEchoReach({ endpoints, onAsked: probes.setReachable });
  const onError = (message: string) => log.warn(`Kubernetes: ${message}`);
  const ends = createPodEnds(cluster, { namespace, pods, onError });
  // Without it a pod that verifies is asked for again and again, which needs no right to watch.
  if (config.healing.evidence === 'source-address') ends.start();
  const snat: ProbingDeps = {
    ...healing,
    profile: SNAT_PROFILE,
    ends,
    endpoints,
    pod: { image: pod.image, answer: pod.answer, command: pod.command, settleMs, windows: true },
    networks: informer,
    isEchoDown: (asked) => reach.isDown(asked),
    ...probes.hooksOf(
      SNAT_PROFILE,
      endpoints.map(({ name }) => name),
    ),
  };
  return {
    activities: {
      ...createHealingActivities(healing),
      ...createConnectivityActivities({
        collector,
        conditions: createNodeConditions(cluster),
        events,
        nodes,
        restartHeal: ({ name }, reason) => healStarts.restart(name, { plan, reason }),
        healingWindowMs: config.healing.windowMs,
        ...createConnectivityMetrics(registry),
        onEventDropped,
      }),
    },
    onboarding: createOnboardingActivities([snat]),
    async stop() {
      await Promise.all([ends.stop(), reach.stop()]);
    },
  };
}
