/** Metrics that every process has (H18); no label grows without bound. */

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

import type { ProcessPages } from './http-server.ts';
import { FINE, type Readiness } from './readiness.ts';

export interface KubernetesRequest {
  readonly verb: string;
  readonly resource: string;
  /** HTTP status; 0 where no answer came. */
  readonly code: number;
}

/** With the memory, CPU and event loop metrics of the process. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Returns what counts a request. */
export function countKubernetesRequests(registry: Registry): (request: KubernetesRequest) => void {
  const counter = new Counter({
    name: 'vigilante_kubernetes_requests_total',
    help: 'Requests to the Kubernetes API server by verb, resource and HTTP status (0: no answer).',
    labelNames: ['verb', 'resource', 'code'],
    registers: [registry],
  });
  return ({ verb, resource, code }) => counter.inc({ verb, resource, code: String(code) });
}

/** Tells Prometheus what `/readyz` tells the kubelet; returns what was given, for that page. */
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
  return readiness;
}

export function metricsPage(registry: Registry): ProcessPages['metrics'] {
  return async () => ({ contentType: registry.contentType, text: await registry.metrics() });
}
