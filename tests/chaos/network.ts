/** The way of one process to the API server, as the faults make it: refusing, hanging, cut. */

import type { SandboxLayout } from '../../sandbox/layout.ts';
import {
  type ApiProxy,
  type Interception,
  openApiProxy,
  type ProxiedRequest,
  type ProxyAnswer,
} from '../e2e/api-proxy.ts';
import type { Refusal } from './fault.ts';

export interface Network extends Pick<ApiProxy, 'url' | 'close'> {
  /** Returns what ends it, and says how many requests it hit. */
  refuse(status: Refusal): () => number;
  hang(): () => number;
  cutWatches(): () => number;
}

type Intercept = (incoming: ProxiedRequest) => Promise<Interception>;

/** Two of three are refused: an API server under pressure lets some through. */
const REFUSED_OF_THREE = 2;
/** Watches that are opened again meanwhile are cut as well. */
const CUT_EVERY_MS = 200;

const REASONS: Readonly<Record<Refusal, string>> = {
  409: 'Conflict',
  429: 'TooManyRequests',
  500: 'InternalError',
};

export async function openNetwork(layout: SandboxLayout): Promise<Network> {
  const faults = new Set<Intercept>();
  const proxy = await openApiProxy(layout, {
    async intercept(incoming) {
      for (const fault of faults) {
        const interception = await fault(incoming);
        if (interception.kind !== 'pass') return interception;
      }
      return { kind: 'pass' };
    },
  });

  function begin(fault: Intercept, count: () => number): () => number {
    faults.add(fault);
    return () => {
      faults.delete(fault);
      return count();
    };
  }

  return {
    url: proxy.url,
    refuse(status) {
      let seen = 0;
      let hit = 0;
      const fault: Intercept = async (incoming) => {
        // A conflict is an answer to a write only; a delete with the uid alone as its condition conflicts with nothing.
        const fits = status !== 409 || incoming.method === 'POST' || incoming.method === 'PATCH';
        if (!fits) return { kind: 'pass' };
        seen += 1;
        if (seen % 3 >= REFUSED_OF_THREE) return { kind: 'pass' };
        hit += 1;
        return { kind: 'answer', answer: refusal(status) };
      };
      return begin(fault, () => hit);
    },
    hang() {
      let hit = 0;
      const over = Promise.withResolvers<void>();
      const fault: Intercept = async ({ isWatch }) => {
        hit += 1;
        await over.promise;
        return isWatch ? { kind: 'pass' } : { kind: 'pass-late', answered: forget };
      };
      const end = begin(fault, () => hit);
      return () => {
        over.resolve();
        return end();
      };
    },
    cutWatches() {
      let hit = proxy.cutWatches();
      const timer = setInterval(() => {
        hit += proxy.cutWatches();
      }, CUT_EVERY_MS);
      return () => {
        clearInterval(timer);
        return hit;
      };
    },
    close: () => proxy.close(),
  };
}

/** Whoever sent it has most often given up: nothing waits for its answer. */
function forget(result: Promise<number>): void {
  result.catch(() => {});
}

function refusal(status: Refusal): ProxyAnswer {
  const message = `the server answers ${status} for a while`;
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason: REASONS[status], code: status };
  return {
    status,
    headers: { 'content-type': 'application/json', ...(status === 429 ? { 'retry-after': '1' } : {}) },
    body: JSON.stringify(body),
  };
}
