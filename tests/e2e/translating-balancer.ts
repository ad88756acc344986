/** Stands in for a load balancer that translates: what it passes on arrives from an address of its own. */

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { LOOPBACK } from '../../sandbox/ports.ts';

/** Neither of a pod nor of a node of the sandbox. */
export const BALANCER_ADDRESS = '127.0.0.77';

export interface TranslatingBalancer {
  close(): void;
}

export async function startTranslatingBalancer(ports: {
  readonly from: number;
  readonly to: number;
}): Promise<TranslatingBalancer> {
  const server = createServer({ allowHalfOpen: true }, (incoming) => {
    const target = { host: LOOPBACK, port: ports.to, localAddress: BALANCER_ADDRESS };
    const outgoing = connect({ ...target, allowHalfOpen: true });
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
  });
  server.listen(ports.from, LOOPBACK);
  await once(server, 'listening');
  return { close: () => void server.close() };
}
