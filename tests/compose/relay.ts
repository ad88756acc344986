/** Lets containers reach a program that listens on the loopback address alone. */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { LOOPBACK } from '../../sandbox/ports.ts';

export interface Relay {
  /** `host:port`, for a container. */
  readonly address: string;
  close(): Promise<void>;
}

/** Passes every connection to `host` on to `port` of the loopback address. Throws where `host` is not of this machine. */
export async function openRelay({ host, port }: { host: string; port: number }): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer((inside) => {
    const outside = connect({ host: LOOPBACK, port });
    for (const [socket, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`no port of ${host} to listen on`);
  return {
    address: `${host}:${address.port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
