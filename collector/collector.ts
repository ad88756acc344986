/** Puts the collector together: cluster, store, registry, verdict, metrics. Nothing runs yet. */

import { randomUUID } from 'node:crypto';

import { kubeconfigSource } from '../config/kubeconfig-source.ts';
import { proxyFor } from '../config/proxy.ts';
import type { Config } from '../config/schema/config.ts';
import { type ClusterConnection, connectCluster } from '../kubernetes/client/connection.ts';
import { createTokenReviews } from '../kubernetes/connectivity/token-review.ts';
import { type Clock, SYSTEM_CLOCK } from '../runtime/clock.ts';
import { createRegistry, measureKubernetesRequests, metricsPage } from '../runtime/metrics.ts';
import type { ProcessContext } from '../runtime/process.ts';
import { createRateLimit } from '../runtime/rate-limit.ts';
import { readinessOf } from '../runtime/readiness.ts';
import { type AgentCluster, createAgentCluster } from './agent-cluster.ts';
import { createAgentHistory } from './api/agent-history.ts';
import { createAuthentication } from './authentication/authentication.ts';
import { countCommits, createCollectorMetrics } from './collector-metrics.ts';
import type { CollectorParts } from './collector-parts.ts';
import { agentPageOf } from './netchecker/agent-page.ts';
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
  const cluster = createAgentCluster({ connection, config, log, clock });
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

/** Why there is no verdict. While reports are refused no agent is outdated, so "all is well" would be wrong, too. */
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
