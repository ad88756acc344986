/** Where a process listens: on every address of IPv4 and IPv6 unless one is named; a port that is taken is one clear line. */

import { createServer, type Server } from 'node:net';

import { messageOf } from '../domain/error-message.ts';

const ALL_OF_IPV6 = '::';
const ALL_OF_IPV4 = '0.0.0.0';
/** Ways to say "every address", as Go reads them; each means both families. */
const EVERY_ADDRESS: readonly string[] = ['', ALL_OF_IPV4, ALL_OF_IPV6];

export interface ListenTarget {
  /** What is served, completing the sentence "cannot serve …". */
  readonly what: string;
  /** Undefined, empty, `0.0.0.0` and `::` mean every address, of IPv4 and of IPv6. */
  readonly host: string | undefined;
  readonly port: number;
  /** Where another port is set, such as `http.port (or VIGILANTE_HTTP_PORT)`. */
  readonly key: string;
}

/** A port or address that cannot be had; the message says which, why, and which key changes it. */
export class ListenError extends Error {
  constructor({ what, host, port, key }: ListenTarget, cause: unknown) {
    const place = isEveryAddress(host) ? `port ${port}` : `port ${port} of ${host}`;
    super(`cannot serve ${what} on ${place}: ${reasonOf(cause)}; check ${key}`, { cause });
    this.name = 'ListenError';
  }
}

export function isEveryAddress(host: string | undefined): boolean {
  return EVERY_ADDRESS.includes(host ?? '');
}

/**
 * The address to listen on. A socket of `::` also takes IPv4, so one is enough; where the kernel has no IPv6 it is
 * `0.0.0.0`.
 */
export async function listenAddress(host: string | undefined): Promise<string> {
  if (host !== undefined && !isEveryAddress(host)) return host;
  const probe = createServer();
  try {
    await listenOn(probe, { host: ALL_OF_IPV6, port: 0 });
    return ALL_OF_IPV6;
  } catch {
    return ALL_OF_IPV4;
  } finally {
    probe.close();
  }
}

/** Host, empty for every address, and port of an endpoint such as `:8080` or `[::]:8080`. */
export function splitEndpoint(endpoint: string): { host: string; port: number } {
  const at = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, at).replace(/^\[|\]$/g, '');
  return { host, port: Number(endpoint.slice(at + 1)) };
}

/** Throws `ListenError`. */
export async function listen(server: Server, target: ListenTarget): Promise<void> {
  try {
    await listenOn(server, { host: await listenAddress(target.host), port: target.port });
  } catch (error) {
    throw new ListenError(target, error);
  }
}

async function listenOn(server: Server, place: { host: string; port: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(place, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function reasonOf(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : null;
  switch (code) {
    case 'EADDRINUSE':
      return 'another process listens there (EADDRINUSE)';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address (EADDRNOTAVAIL)';
    case 'EACCES':
      return 'this user may not listen there (EACCES)';
    default:
      return messageOf(cause);
  }
}
