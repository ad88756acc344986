/** Stands between one process of ours and the API server: the network between the two, made slow, broken or lying. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { adminAccess } from '../../sandbox/admin-access.ts';
import type { SandboxLayout } from '../../sandbox/layout.ts';
import { LOOPBACK } from '../../sandbox/ports.ts';

export interface ProxiedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly body: Buffer;
  readonly isWatch: boolean;
}

export interface ProxyAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What becomes of a request. */
export type Interception =
  | { readonly kind: 'pass' }
  /** The API server does not hear of it. */
  | { readonly kind: 'answer'; readonly answer: ProxyAnswer }
  /** It was held, and goes on also when its sender has given up or is dead by now. */
  | { readonly kind: 'pass-late'; readonly answered: (result: Promise<number>) => void };

export interface ApiProxyHooks {
  /** Decides when it resolves: until then the request is held. */
  readonly intercept?: (incoming: ProxiedRequest) => Promise<Interception>;
  /** The API server has answered, the sender waits until this resolves. */
  readonly answered?: (incoming: ProxiedRequest, status: number) => Promise<void>;
}

export interface ApiProxy {
  readonly url: string;
  /** Breaks the connections of all watches; resolves with how many. */
  cutWatches(): number;
  close(): Promise<void>;
}

const PASS: Interception = { kind: 'pass' };

export async function openApiProxy(layout: SandboxLayout, hooks: ApiProxyHooks = {}): Promise<ApiProxy> {
  const { certificates } = await adminAccess(layout);
  const agent = new Agent({ ca: certificates, keepAlive: true });
  const watches = new Set<ServerResponse>();

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = incoming;
    const proxied = { method, path, body: await bodyOf(incoming), isWatch: /[?&]watch=(true|1)/.test(path) };
    const interception = (await hooks.intercept?.(proxied)) ?? PASS;
    if (interception.kind === 'answer') {
      const { status, headers, body } = interception.answer;
      response.writeHead(status, headers).end(body);
      return;
    }
    if (proxied.isWatch) {
      watches.add(response);
      response.once('close', () => watches.delete(response));
    }
    const forwarded = forward(proxied, incoming.headers, response, interception.kind === 'pass-late');
    if (interception.kind === 'pass-late') interception.answered(forwarded);
    await forwarded;
  }

  function forward(
    proxied: ProxiedRequest,
    headers: IncomingMessage['headers'],
    response: ServerResponse,
    isLate: boolean,
  ): Promise<number> {
    const { method, path, body } = proxied;
    const outgoing = request({ host: LOOPBACK, port: layout.ports.apiserver, method, path, headers, agent });
    // A request that was held goes on without its sender; any other ends with it, as a watch must.
    if (!isLate) response.once('close', () => outgoing.destroy());
    const result = new Promise<number>((resolve, reject) => {
      outgoing.once('response', (answer) => {
        const status = answer.statusCode ?? 0;
        resolve(status);
        void (hooks.answered?.(proxied, status) ?? Promise.resolve()).then(() => {
          response.writeHead(status, answer.headers);
          // A watch on which nothing happens has begun all the same.
          response.flushHeaders();
          // A broken watch breaks on the other side, too.
          pipeline(answer, response).catch(() => {});
        });
      });
      outgoing.once('error', (error) => {
        response.destroy();
        reject(error);
      });
    });
    outgoing.end(body);
    return result;
  }

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://${LOOPBACK}:${port}`,
    cutWatches() {
      const count = watches.size;
      for (const response of watches) response.destroy();
      return count;
    },
    async close() {
      server.closeAllConnections();
      agent.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
