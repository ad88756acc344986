/** An egress proxy: takes CONNECT only, with credentials, and knows names that only it can resolve. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

import { LOOPBACK } from '../../../sandbox/ports.ts';

export interface ConnectProxy {
  /** With the credentials. */
  readonly url: string;
  /** Targets of the connections that were let through. */
  readonly targets: readonly string[];
  close(): Promise<void>;
}

const USER = 'me';
const PASSWORD = 'p@ss';
const AUTHORIZATION = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;

/** @param ports of this machine, by the name under which the proxy reaches them */
export async function openConnectProxy(ports: Readonly<Record<string, number>>): Promise<ConnectProxy> {
  const targets: string[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request, socket: Duplex) => {
    sockets.add(socket);
    const { url: target = '' } = request;
    const port = ports[target];
    if (request.headers['proxy-authorization'] !== AUTHORIZATION || port === undefined) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    targets.push(target);
    const upstream = connect(port, LOOPBACK, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    sockets.add(upstream);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://${USER}:${encodeURIComponent(PASSWORD)}@${LOOPBACK}:${port}`,
    targets,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
