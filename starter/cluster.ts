/** The cluster as the starter sees it: the watch of the nodes, Events, healing pods. */

import { kubeconfigSource } from '../config/kubeconfig-source.ts';
import { type HealingProfile, profilesOf } from '../config/policies/profiles.ts';
import { proxyFor } from '../config/proxy.ts';
import { connectCluster } from '../kubernetes/client/connection.ts';
import { createHealingPods, type HealingPods } from '../kubernetes/healing/pods.ts';
import { createNodeEvents, type NodeEvents } from '../kubernetes/nodes/events.ts';
import { createNodeInformer, type NodeInformer } from '../kubernetes/nodes/informer.ts';
import { createNodes, type Nodes } from '../kubernetes/nodes/nodes.ts';
import { profileReading } from '../kubernetes/nodes/profile-reading.ts';
import { informerProblem } from '../runtime/informer-problem.ts';
import type { KubernetesRequest } from '../runtime/metrics.ts';
import type { TemporalContext } from '../temporal/process.ts';

export interface ProfileCluster {
  readonly profile: HealingProfile;
  readonly informer: NodeInformer;
  readonly nodes: Nodes;
  readonly pods: HealingPods;
}

export interface Cluster {
  /** One for each profile, `snat` first. */
  readonly profiles: readonly ProfileCluster[];
  readonly events: NodeEvents;
  readonly serverNowMs: () => number;
  problem(): string | null;
  /** Null while the nodes of every profile are watched. */
  informerProblem(): string | null;
  start(): void;
  /** Also ends when the signal is aborted. */
  untilSynced(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export function openCluster(
  { config, log }: TemporalContext,
  onRequest: (request: KubernetesRequest) => void,
): Cluster {
  const connection = connectCluster({
    kubeconfig: kubeconfigSource(config),
    proxyFor: (target) => proxyFor(target)?.url ?? null,
    onRequest,
    onSlow: (message) => log.warn(`Kubernetes: ${message}`),
  });
  const profiles = profilesOf(config).map((profile): ProfileCluster => {
    const { name, os, healing } = profile;
    const { pod, intervalMs } = healing;
    const reading = profileReading(profile);
    const namespace = pod.namespace ?? connection.namespace ?? 'default';
    return {
      profile,
      informer: createNodeInformer(connection, {
        ...reading,
        onError: (message) => log.warn(`Kubernetes: ${message}`),
      }),
      nodes: createNodes(connection, reading),
      pods: createHealingPods(connection, { ...pod, namespace, intervalMs, profile: name, os }),
    };
  });
  const informers = profiles.map(({ informer }) => informer);
  return {
    profiles,
    events: createNodeEvents(connection),
    serverNowMs: connection.serverNowMs,
    problem: () => connection.problem(),
    informerProblem: () =>
      informers.map((informer) => informerProblem(informer.health())).find((one) => one !== null) ?? null,
    start() {
      for (const informer of informers) informer.start();
    },
    async untilSynced(signal) {
      const aborted = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([Promise.all(informers.map((informer) => informer.untilSynced())), aborted]);
    },
    async close() {
      await Promise.all(informers.map((informer) => informer.stop()));
      await connection.close();
    },
  };
}
