/** What the collector watches of the cluster: the pods that are expected to report, and their nodes. */

import type { Config } from '../config/schema/config.ts';
import type { AgentNode, AgentPod } from '../domain/connectivity/agent-judgement.ts';
import type { ClusterConnection } from '../kubernetes/client/connection.ts';
import type { ObjectCache } from '../kubernetes/client/object-cache.ts';
import { createAgentNodeCache, createAgentPodCaches } from '../kubernetes/connectivity/agent-caches.ts';
import { informerProblem } from '../runtime/informer-problem.ts';
import type { Log } from '../runtime/log.ts';
import type { ReportClock } from './reports/clock.ts';

export interface AgentCluster {
  start(): void;
  stop(): Promise<void>;
  pods(): Iterable<AgentPod>;
  /** Expected pods of that name, in any namespace. */
  readonly podsNamed: (name: string) => readonly AgentPod[];
  node(name: string): AgentNode | undefined;
  /** Null while pods and nodes are watched. */
  problem(): string | null;
}

export function createAgentCluster(of: {
  readonly connection: ClusterConnection;
  readonly config: Config;
  readonly log: Log;
  readonly clock: ReportClock;
}): AgentCluster {
  const { connection, config, log, clock } = of;
  const onError = (message: string) => log.warn(`Kubernetes: ${message}`);
  const pods = createAgentPodCaches(connection, { ...config.collector.agents, onError, nowMs: clock.nowMs });
  const nodes = createAgentNodeCache(connection, { onError, nowMs: clock.nowMs });
  const caches: readonly Pick<ObjectCache<unknown>, 'start' | 'stop'>[] = [...pods, nodes];
  return {
    start: () => caches.forEach((cache) => cache.start()),
    async stop() {
      await Promise.all(caches.map((cache) => cache.stop()));
      await connection.close();
    },
    *pods() {
      for (const cache of pods) yield* cache.values();
    },
    node: (name) => nodes.get(name),
    podsNamed: (name) => pods.flatMap((cache) => cache.group(name)),
    problem: () =>
      pods.map((cache) => informerProblem(cache.health(), 'pods')).find((problem) => problem !== null) ??
      informerProblem(nodes.health(), 'nodes'),
  };
}
