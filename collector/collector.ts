/** Puts the collector together: cluster, store, registry, verdict, metrics. Nothing runs yet. */

import { randomUUID } from 'node:crypto';

import { kubeconfigSource } from '../config/kubeconfig-source.ts';
import { proxyFor } from '../config/proxy.ts';
import type { Config } from '../config/schema/config.ts';
import type { AgentNode, AgentPod } from '../domain/connectivity/agent-judgement.ts';
import { type ClusterConnection, connectCluster } from '../kubernetes/client/connection.ts';
import type { ObjectCache } from '../kubernetes/client/object-cache.ts';
import { createAgentNodeCache, createAgentPodCaches } from '../kubernetes/connectivity/agent-caches.ts';
import { createTokenReviews } from '../kubernetes/connectivity/token-review.ts';
import { type Clock, SYSTEM_CLOCK } from '../runtime/clock.ts';
import { informerProblem } from '../runtime/informer-problem.ts';
import type { Log } from '../runtime/log.ts';
import { createRegistry, measureKubernetesRequests, metricsPage } from '../runtime/metrics.ts';
import type { ProcessContext } from '../runtime/process.ts';
import { readinessOf } from '../runtime/readiness.ts';
import { createAgentHistory } from './api/agent-history.ts';
import { createAuthentication } from './authentication/authentication.ts';
import { countCommits, createCollectorMetrics } from './collector-metrics.ts';
import type { CollectorParts } from './collector-parts.ts';
import { agentPageOf } from './netchecker/agent-page.ts';
import { createRateLimit } from './rate-limit.ts';
import { AgentRegistry } from './reports/agent-registry.ts';
import { createReportClock, type ReportClock } from './reports/clock.ts';
import type { HousekeepingDeps } from './reports/housekeeping.ts';
import { createReportStore } from './stores/open-store.ts';
import type { ReportStore } from './stores/report-store.ts';
import type { ExpectedPods } from './verdict/expected-pods.ts';
import { createFileHeartbeat, NO_HEARTBEAT } from './verdict/heartbeat.ts';
import { countsOf, type Judging, judgeAll } from './verdict/verdict.ts';

export interface Collector {
  readonly cluster: AgentCluster;
  readonly store: ReportStore;
  readonly registry: AgentRegistry;
  readonly parts: CollectorParts;
  readonly housekeeping: HousekeepingDeps;
}

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

/** @param systemClock only tests have another one */
export function createCollector(
  { config, log }: Pick<ProcessContext, 'config' | 'log'>,
  systemClock: Clock = SYSTEM_CLOCK,
): Collector {
  const clock = createReportClock(systemClock);
  const prometheus = createRegistry();
  const connection = connectCluster({
    kubeconfig: kubeconfigSource(config),
    proxyFor: (target) => proxyFor(target)?.url ?? null,
    onRequest: measureKubernetesRequests(prometheus),
    onSlow: (message) => log.warn(`Kubernetes: ${message}`),
  });
  const cluster = openCluster({ connection, config, log, clock });
  const expected = { areKnown: () => cluster.problem() === null, named: cluster.podsNamed };
  const commits = countCommits(prometheus);
  const store = createReportStore(config, { connection, onProblem: (message) => log.warn(message), onCommit: commits });
  const registry = new AgentRegistry({
    store,
    expected,
    clock,
    runId: randomUUID(),
    isShared: config.collector.store.kind !== 'embedded',
    agentsMax: config.collector.agents.max,
  });
  const judge = judgeWith({ config, cluster, registry, store, clock });
  const metrics = createCollectorMetrics({
    registry: prometheus,
    agents: registry,
    counts() {
      const judging = judge();
      return judging.kind === 'unknown' ? null : countsOf(judging.judged.agents);
    },
    storeProblem: () => store.problem(),
  });
  const readiness = readinessOf({
    store: () => registry.problem() ?? store.problem(),
    cluster: () => cluster.problem(),
    kubernetes: () => connection.problem(),
  });
  const shared = {
    registry,
    judge,
    history: createAgentHistory(),
    rateLimit: createRateLimit({ perSecond: config.collector.agents.reportsPerSecond }),
    authentication: authenticationOf(config, { connection, expected, clock }),
    log,
    clock,
  };
  return {
    cluster,
    store,
    registry,
    parts: {
      ...shared,
      metrics,
      pages: { readiness, metrics: metricsPage(prometheus) },
      agentPage: config.collector.agentMetrics ? agentPageOf({ registry, metrics, log }) : null,
      rules: rulesOf(config),
    },
    housekeeping: { ...shared, heartbeat: heartbeatOf(config), reportTtlMs: config.collector.reportTtlMs },
  };
}

function rulesOf({ collector }: Config): CollectorParts['rules'] {
  const { probesMax, bodyBytesMax, strictCheck, store } = collector;
  return { probesMax, bodyBytesMax, strictCheck, outdatedMayBeNull: store.kind === 'etcd' };
}

function heartbeatOf({ collector }: Config): HousekeepingDeps['heartbeat'] {
  const { kind, path } = collector.store;
  return kind === 'embedded' ? createFileHeartbeat(`${path}.alive`) : NO_HEARTBEAT;
}

function openCluster(of: {
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

function judgeWith(of: {
  readonly config: Config;
  readonly cluster: AgentCluster;
  readonly registry: AgentRegistry;
  readonly store: ReportStore;
  readonly clock: ReportClock;
}): () => Judging {
  const { config, cluster, registry, store, clock } = of;
  const { reportTtlMs, nodeGraceMs } = config.collector;
  const rules = { reportTtlMs, nodeGraceMs };
  const deps = {
    pods: () => cluster.pods(),
    node: (name: string) => cluster.node(name),
    registry,
    rules,
    clock,
  };
  return () => {
    const problem = problemOf({ cluster, registry, store });
    return problem === null ? { kind: 'judged', judged: judgeAll(deps) } : { kind: 'unknown', problem };
  };
}

/** Why there is no verdict. While reports are refused nobody is outdated, and "all is well" would be a lie as well. */
function problemOf({ cluster, registry, store }: Pick<Collector, 'cluster' | 'registry' | 'store'>): string | null {
  const refusing = store.problem();
  return registry.problem() ?? cluster.problem() ?? (refusing === null ? null : `no report is stored: ${refusing}`);
}

function authenticationOf(
  { collector }: Config,
  means: { readonly connection: ClusterConnection; readonly expected: ExpectedPods; readonly clock: ReportClock },
): CollectorParts['authentication'] {
  const { connection, expected, clock } = means;
  const { kind, audience, cacheForMs } = collector.authentication;
  if (kind === 'off') return null;
  const reviews = createTokenReviews(connection, audience);
  return createAuthentication({
    reviews,
    audience,
    expected,
    clock,
    cacheForMs,
    serverNowMs: connection.serverNowMs,
  });
}
