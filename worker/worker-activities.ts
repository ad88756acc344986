/** All activities of the worker, with what they need. */

import type { ConnectionLike } from '@temporalio/client';
import type { Registry } from 'prom-client';

import { createConnectivityActivities } from '../activities/connectivity/activities.ts';
import { createHealingActivities } from '../activities/healing/activities.ts';
import { createOnboardingActivities } from '../activities/healing/onboarding-activities.ts';
import { healPlan } from '../config/policies/healing.ts';
import { profilesOf } from '../config/policies/profiles.ts';
import type { ConnectivityActivities } from '../contracts/connectivity/activities.ts';
import type { HealingActivities } from '../contracts/healing/activities.ts';
import type { OnboardingActivities } from '../contracts/healing/onboarding-activities.ts';
import type { ClusterConnection } from '../kubernetes/client/connection.ts';
import { createNodeConditions } from '../kubernetes/nodes/conditions.ts';
import { createNodeEvents } from '../kubernetes/nodes/events.ts';
import type { NodeInformer } from '../kubernetes/nodes/informer.ts';
import type { CollectorClient } from '../runtime/collector-client.ts';
import { temporalClient } from '../temporal/client.ts';
import { healStartsOf } from '../temporal/healing/heal-starts.ts';
import type { TemporalContext } from '../temporal/process.ts';
import { createConnectivityMetrics } from './connectivity-metrics.ts';
import { createWorkerMetrics } from './healing-metrics.ts';
import { createProbeMetrics } from './probe-metrics.ts';
import { openProfile } from './profiles.ts';
import { createTaintMetrics } from './taint-metrics.ts';

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
  const metrics = createWorkerMetrics(registry, cluster.serverNowMs);
  const probes = createProbeMetrics(registry);
  const events = createNodeEvents(cluster);
  const plan = healPlan(config);
  const client = temporalClient(connection, temporal.namespace);
  const healStarts = healStartsOf(client, { cluster: config.cluster, annotation: config.healing.annotation });
  const onEventDropped = (reason: string) => {
    metrics.onEventDropped(reason);
    log.warn(`an Event was left out: ${reason}`);
  };
  const taintMetrics = createTaintMetrics(registry);
  const parts = { ...metrics, cluster, probes, taintMetrics, log, events, onEventDropped, snatInformer: informer };
  const [snatProfile, ...otherProfiles] = profilesOf(config);
  const snat = openProfile(snatProfile, parts);
  const others = otherProfiles.map((profile) => openProfile(profile, parts));
  const { deps } = snat;
  return {
    activities: {
      ...createHealingActivities(deps),
      ...createConnectivityActivities({
        collector,
        conditions: createNodeConditions(cluster),
        events,
        nodes: deps.nodes,
        restartHeal: ({ name }, reason) => healStarts.restart(name, { plan, reason }),
        healingWindowMs: config.healing.windowMs,
        ...createConnectivityMetrics(registry),
        onEventDropped,
      }),
    },
    onboarding: createOnboardingActivities([deps, ...others.map((other) => other.deps)]),
    async stop() {
      await Promise.all([snat, ...others].map((profile) => profile.stop()));
    },
  };
}
