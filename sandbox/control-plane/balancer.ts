/** What clients of several API servers connect to: passes each connection on to one that is ready. */

import { connect, createServer, type Server, type Socket } from 'node:net';

export interface BalancerOptions {
  readonly host: string;
  readonly port: number;
  /** Addresses that answer now; the port is the same. */
  readonly ready: () => readonly string[];
  /** Addresses that accept connections and answer nothing: what is open to them is cut. */
  readonly silent: () => readonly string[];
}

const LOOK_EVERY_MS = 500;

/** Resolves once it listens. */
export function startBalancer({ host, port, ready, silent }: BalancerOptions): Promise<Server> {
  const open = new Map<Socket, string>();
  let turn = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const targets = ready();
    turn += 1;
    const target = targets[turn % Math.max(targets.length, 1)];
    if (target === undefined) {
      client.destroy();
      return;
    }
    open.set(client, target);
    client.once('close', () => open.delete(client));
    join(client, connect({ host: target, port, allowHalfOpen: true }));
  });
  const look = setInterval(() => {
    const cut = silent();
    for (const [client, target] of open) if (cut.includes(target)) client.destroy();
  }, LOOK_EVERY_MS);
  server.once('close', () => clearInterval(look));
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
