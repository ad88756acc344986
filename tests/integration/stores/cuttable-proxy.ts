/** A TCP proxy on a free port that a test can cut: what is connected breaks, and nothing connects until it is restored. */

import { connect, createServer, type Socket } from 'node:net';

import { freePorts, LOOPBACK } from '../../../sandbox/ports.ts';

export interface CuttableProxy {
  readonly port: number;
  cut(): void;
  restore(): void;
  stop(): Promise<void>;
}

export async function startProxy(targetPort: number): Promise<CuttableProxy> {
  const [port = 0] = await freePorts(1);
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((incoming) => {
    keep(incoming);
    if (isCut) {
      incoming.destroy();
      return;
    }
    const outgoing = connect(targetPort, LOOPBACK);
    keep(outgoing);
    incoming.on('close', () => outgoing.destroy());
    outgoing.on('close', () => incoming.destroy());
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve) => server.listen(port, LOOPBACK, resolve));
  const breakAll = () => sockets.forEach((socket) => socket.destroy());
  return {
    port,
    cut() {
      isCut = true;
      breakAll();
    },
    restore() {
      isCut = false;
    },
    async stop() {
      breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
