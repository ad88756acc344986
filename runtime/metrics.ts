/** Metrics that every process has (H18); no label grows without bound. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

import type { ProcessPages } from './http-server.ts';
import { FINE, type Readiness } from './readiness.ts';

export interface KubernetesRequest {
  readonly verb: string;
  readonly resource: string;
  /** HTTP status; 0 where no answer came. */
  readonly code: number;
  /** Until the answer, or until it was given up. */
  readonly seconds: number;
}

/** Up to what the API server and its webhooks may take: 10 s for one webhook, 34 s for a write, 60 s for a read. */
const REQUEST_BUCKETS_SECONDS = [0.1, 1, 5, 11, 36, 66];

/** With the memory, CPU and event loop metrics of the process. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Returns what counts and times a request. */
export function measureKubernetesRequests(registry: Registry): (request: KubernetesRequest) => void {
  const counter = new Counter({
    name: 'vigilante_kubernetes_requests_total',
    help: 'Requests to the Kubernetes API server by verb, resource and HTTP status (0: no answer).',
    labelNames: ['verb', 'resource', 'code'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'vigilante_kubernetes_request_seconds',
    help: 'How long requests to the Kubernetes API server waited for their answer; slow webhooks are part of it.',
    labelNames: ['verb', 'resource'],
    buckets: REQUEST_BUCKETS_SECONDS,
    registers: [registry],
  });
  return ({ verb, resource, code, seconds }) => {
    counter.inc({ verb, resource, code: String(code) });
    duration.observe({ verb, resource }, seconds);
  };
}

/** Measures for Prometheus what `/readyz` answers to the kubelet; returns what was given, for that page. */
export function measureReadiness(registry: Registry, readiness: () => Readiness): () => Readiness {
  registry.registerMetric(
    new Gauge({
      name: 'vigilante_ready',
      help: 'Whether a check of /readyz is fine: 1, or 0.',
      labelNames: ['check'],
      registers: [],
      collect() {
        for (const [check, answer] of Object.entries(readiness().checks)) this.set({ check }, answer === FINE ? 1 : 0);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'vigilante_warning',
      help: 'Whether a warning of /readyz holds, which does not keep the process from its work: 1, or 0.',
      labelNames: ['warning'],
      registers: [],
      collect() {
        const warnings = readiness().warnings ?? {};
        for (const [warning, answer] of Object.entries(warnings)) this.set({ warning }, answer === FINE ? 0 : 1);
      },
    }),
  );
  return readiness;
}

export function metricsPage(registry: Registry): ProcessPages['metrics'] {
  return async () => ({ contentType: registry.contentType, text: await registry.metrics() });
}
