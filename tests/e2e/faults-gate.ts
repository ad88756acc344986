/** Stands between a worker and the API server and can hold a request back: the network between the two, made slow. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { adminAccess } from '../../sandbox/admin-access.ts';
import type { SandboxLayout } from '../../sandbox/layout.ts';
import { LOOPBACK } from '../../sandbox/ports.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';

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

const ARRIVAL_TIMEOUT_MS = 60_000;

export async function openGate(layout: SandboxLayout): Promise<Gate> {
  const { certificates } = await adminAccess(layout);
  const agent = new Agent({ ca: certificates, keepAlive: true });
  const traps = new Set<Trap>();

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    const trap = [...traps].find(({ node }) => isCreate(incoming, body, node));
    if (trap !== undefined) {
      traps.delete(trap);
      trap.arrived.resolve();
      await trap.released.promise;
    }
    const { method, url, headers } = incoming;
    const outgoing = request({ host: LOOPBACK, port: layout.ports.apiserver, method, path: url, headers, agent });
    outgoing.once('response', (answer) => {
      trap?.answered.resolve(answer.statusCode ?? 0);
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      // A broken watch breaks on the other side, too.
      pipeline(answer, response).catch(() => {});
    });
    outgoing.once('error', (error) => {
      trap?.answered.reject(error);
      response.destroy();
    });
    // A held request goes on without its sender; a watch ends with it.
    if (trap === undefined) response.once('close', () => outgoing.destroy());
    outgoing.end(body);
  }

  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://${LOOPBACK}:${port}`,
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
      server.closeAllConnections();
      agent.destroy();
      server.close();
      await once(server, 'close');
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

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function isCreate({ method, url }: IncomingMessage, body: Buffer, node: string): boolean {
  return method === 'POST' && (url ?? '').endsWith('/pods') && body.includes(`"vigilante-node-name":"${node}"`);
}
