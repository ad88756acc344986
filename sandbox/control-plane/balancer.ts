/** What clients of several API servers connect to: passes each connection on to one that is ready. */

import { connect, createServer, type Server, type Socket } from 'node:net';

export interface BalancerOptions {
  readonly host: string;
  readonly port: number;
  /** Addresses that answer now; the port is the same. */
  readonly ready: () => readonly string[];
}

/** Resolves once it listens. */
export function startBalancer({ host, port, ready }: BalancerOptions): Promise<Server> {
  let turn = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const targets = ready();
    turn += 1;
    const target = targets[turn % Math.max(targets.length, 1)];
    if (target === undefined) client.destroy();
    else join(client, connect({ host: target, port, allowHalfOpen: true }));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => resolve(server));
  });
}

/** What ends one ends the other. */
function join(client: Socket, target: Socket): void {
  client.pipe(target);
  target.pipe(client);
  for (const [one, other] of [
    [client, target],
    [target, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}
