/** Serves what the processes tell Prometheus: of a cluster that is well, and of one that is ill in every respect. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { freePorts, LOOPBACK } from '../../../sandbox/ports.ts';
import { addAttempts, starterSource } from './healing-exposition.ts';
import { addMaintenance } from './maintenance-exposition.ts';
import { CONDITIONS, type Condition, type Source } from './source.ts';
import { addAnswers } from './source-exposition.ts';
import { addTaints } from './taint-exposition.ts';
import { addUpgrade } from './upgrade-exposition.ts';

export const PROCESSES = ['collector', 'worker', 'starter'] as const;

export interface Exposition {
  /** `host:port`; the paths are `/<condition>/<process>`. */
  readonly address: string;
  stop(): Promise<void>;
}

interface Facts {
  readonly agents: Readonly<Record<'reporting' | 'absent' | 'outdated' | 'suppressed' | 'conflicting', number>>;
  readonly up: number;
  readonly failedHttpProbes: number;
  readonly slowestDnsSeconds: number;
  /** Per hundred. */
  readonly refused: number;
  readonly unavailable: number;
  readonly evaluationsPerScrape: number;
  readonly drift: number;
}

const FACTS: Readonly<Record<Condition, Facts>> = {
  well: {
    agents: { reporting: 60, absent: 0, outdated: 0, suppressed: 40, conflicting: 0 },
    up: 1,
    failedHttpProbes: 1,
    slowestDnsSeconds: 0.02,
    refused: 1,
    unavailable: 0,
    evaluationsPerScrape: 1,
    drift: 0,
  },
  ill: {
    agents: { reporting: 48, absent: 12, outdated: 4, suppressed: 2, conflicting: 1 },
    up: 0,
    failedHttpProbes: 10,
    slowestDnsSeconds: 5.2,
    refused: 10,
    unavailable: 20,
    evaluationsPerScrape: 0,
    drift: 2,
  },
};

export async function startExposition(): Promise<Exposition> {
  const sources = new Map<string, Source>(
    CONDITIONS.flatMap((condition) => [
      [`/${condition}/collector`, collectorSource(FACTS[condition])] as const,
      [`/${condition}/worker`, workerSource(condition)] as const,
      [`/${condition}/starter`, starterSource(condition)] as const,
    ]),
  );
  const [port = 0] = await freePorts(1);
  const server = createServer((request, response) => {
    const source = sources.get(request.url ?? '');
    if (source === undefined) {
      response.writeHead(404).end();
      return;
    }
    source.advance();
    void source.registry.metrics().then((text) => {
      response.writeHead(200, { 'content-type': source.registry.contentType }).end(text);
    });
  });
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return {
    address: `${LOOPBACK}:${port}`,
    async stop() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function collectorSource(facts: Facts): Source {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, labelNames: string[]) => new Gauge({ name, help: name, labelNames, registers });
  const agents = gauge('vigilante_connectivity_agents', ['state']);
  for (const [state, count] of Object.entries(facts.agents)) agents.set({ state }, count);
  gauge('vigilante_connectivity_verdict_ok', []).set(facts.up);
  gauge('vigilante_connectivity_verdict_known', []).set(facts.up);
  gauge('vigilante_collector_store_up', []).set(facts.up);
  const probes = gauge('vigilante_connectivity_probes', ['kind', 'result']);
  const seconds = gauge('vigilante_connectivity_probe_seconds', ['kind', 'quantile']);
  for (const kind of ['http', 'tcp', 'dns']) {
    const failed = kind === 'http' ? facts.failedHttpProbes : 0;
    probes.set({ kind, result: 'ok' }, 100 - failed);
    probes.set({ kind, result: 'failed' }, failed);
    seconds.set({ kind, quantile: '0.5' }, 0.001);
    seconds.set({ kind, quantile: '0.9' }, 0.004);
    seconds.set({ kind, quantile: '0.99' }, kind === 'dns' ? facts.slowestDnsSeconds : 0.009);
  }
  const save = new Histogram({ name: 'vigilante_collector_save_seconds', help: 'save', registers });
  const reports = new Counter({
    name: 'vigilante_collector_reports_total',
    help: 'reports',
    labelNames: ['result'],
    registers,
  });
  addOriginalMetrics(registers);
  const { refused, unavailable } = facts;
  const perScrape = { stored: 100 - refused - unavailable, refused, unavailable, limited: 0, unauthenticated: 0 };
  return {
    registry,
    advance() {
      save.observe(0.002);
      for (const [result, count] of Object.entries(perScrape)) reports.inc({ result }, count);
    },
  };
}

/** As the recording of the original has them. */
function addOriginalMetrics(registers: Registry[]): void {
  const agent = 'node-1-private_network';
  const url = 'http://netchecker-service:8081/api/v1/ping';
  for (const part of ['report', 'error']) {
    new Counter({ name: `ncagent_${part}_count_total`, help: part, labelNames: ['agent'], registers }).inc(
      { agent },
      3,
    );
  }
  const times = ['connect', 'content_transfer', 'dns_lookup', 'server_processing', 'tcp_connection', 'total'];
  for (const part of ['code', 'connection_result', ...times.map((time) => `${time}_time_ms`)]) {
    const labels = { agent, url };
    new Gauge({
      name: `ncagent_http_probe_${part}`,
      help: part,
      labelNames: Object.keys(labels),
      registers,
    }).set(labels, 1);
  }
}

function workerSource(condition: Condition): Source {
  const { evaluationsPerScrape } = FACTS[condition];
  const registry = new Registry();
  const evaluations = new Counter({
    name: 'vigilante_connectivity_evaluations_total',
    help: 'evaluations',
    labelNames: ['result'],
    registers: [registry],
  });
  for (const result of ['ok', 'failing', 'unavailable']) evaluations.inc({ result }, 0);
  const containers = new Gauge({
    name: 'vigilante_privileges_containers',
    help: 'containers',
    labelNames: ['judgement'],
    registers: [registry],
  });
  containers.set({ judgement: 'more' }, FACTS[condition].drift);
  containers.set({ judgement: 'less' }, 3);
  addMaintenance(registry, condition);
  addUpgrade(registry, condition);
  const attempt = addAttempts(registry, condition);
  const answer = addAnswers(registry, condition);
  const removeTaints = addTaints(registry, condition);
  return {
    registry,
    advance() {
      evaluations.inc({ result: 'ok' }, evaluationsPerScrape);
      attempt();
      answer();
      removeTaints();
    },
  };
}
