/** Stands between a worker and the API server and can hold a request back. */

import type { SandboxLayout } from '../../sandbox/layout.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { openApiProxy, type ProxiedRequest } from './api-proxy.ts';

/** A request that was sent and has not arrived. */
export interface HeldRequest {
  /** Resolves when it is there. */
  arrived(): Promise<void>;
  /** Lets it go to the API server, also when whoever sent it is dead by now. Resolves with the status of the answer. */
  release(): Promise<number>;
}

export interface Gate {
  readonly url: string;
  /** Holds the next request to create a healing pod on that node. */
  holdCreate(node: string): HeldRequest;
  close(): Promise<void>;
}

interface Trap {
  readonly node: string;
  readonly arrived: PromiseWithResolvers<void>;
  readonly released: PromiseWithResolvers<void>;
  readonly answered: PromiseWithResolvers<number>;
}

const ARRIVAL_TIMEOUT_MS = 120_000;

export async function openGate(layout: SandboxLayout): Promise<Gate> {
  const traps = new Set<Trap>();
  const proxy = await openApiProxy(layout, {
    async intercept(incoming) {
      const trap = [...traps].find(({ node }) => isCreate(incoming, node));
      if (trap === undefined) return { kind: 'pass' };
      traps.delete(trap);
      trap.arrived.resolve();
      await trap.released.promise;
      return { kind: 'pass-late', answered: trap.answered.resolve };
    },
  });
  return {
    url: proxy.url,
    holdCreate(node) {
      const trap: Trap = {
        node,
        arrived: Promise.withResolvers(),
        released: Promise.withResolvers(),
        answered: Promise.withResolvers(),
      };
      trap.answered.promise.catch(() => {});
      traps.add(trap);
      return {
        arrived: () => arrival(trap),
        release() {
          trap.released.resolve();
          return trap.answered.promise;
        },
      };
    },
    async close() {
      for (const trap of traps) trap.released.resolve();
      await proxy.close();
    },
  };
}

async function arrival({ node, arrived }: Trap): Promise<void> {
  let isThere = false;
  void arrived.promise.then(() => {
    isThere = true;
  });
  await waitUntil(() => isThere, { what: `a create on ${node} at the gate`, timeoutMs: ARRIVAL_TIMEOUT_MS });
}

function isCreate({ method, path, body }: ProxiedRequest, node: string): boolean {
  const [resource = ''] = path.split('?');
  return method === 'POST' && resource.endsWith('/pods') && body.includes(`"vigilante-node-name":"${node}"`);
}
