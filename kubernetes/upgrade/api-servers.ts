/** The API servers of a cluster, each asked at its own address: a balancer would answer for any of them. */

import type { ClusterConnection } from '../client/connection.ts';
import type { ServerAddress } from '../client/kubeconfig.ts';
import { resourceOf } from '../client/resource.ts';

export interface ApiServerAddress extends ServerAddress {
  /** Where it runs; null: the node that has the address. */
  readonly node: string | null;
}

export interface ApiServer extends ApiServerAddress {
  readonly connection: ClusterConnection;
}

export interface ApiServers {
  /** Those of the configuration, else those of the EndpointSlices of `default/kubernetes`. Throws `ClusterError`. */
  list(): Promise<readonly ApiServer[]>;
  close(): Promise<void>;
}

export interface ApiServersOptions {
  readonly cluster: ClusterConnection;
  /** Empty: the EndpointSlices say where they are. */
  readonly configured: readonly ApiServerAddress[];
  readonly connect: (server: ServerAddress) => ClusterConnection;
}

interface EndpointSlice {
  readonly endpoints?: readonly { readonly addresses?: readonly string[] | null; readonly nodeName?: string }[] | null;
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[] | null;
}

const SLICES = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  namespace: 'default',
} as const;
const OF_THE_API = 'kubernetes.io/service-name=kubernetes';

/** Connections stay open from one look to the next; those to addresses that are no longer there are closed. */
export function createApiServers({ cluster, configured, connect }: ApiServersOptions): ApiServers {
  const connections = new Map<string, ClusterConnection>();

  function connectionTo(server: ServerAddress): ClusterConnection {
    const found = connections.get(server.url) ?? connect(server);
    connections.set(server.url, found);
    return found;
  }

  return {
    async list() {
      const addresses = configured.length > 0 ? configured : await addressesOf(cluster);
      const gone = [...connections.keys()].filter((url) => !addresses.some((address) => address.url === url));
      for (const url of gone) {
        await connections.get(url)?.close();
        connections.delete(url);
      }
      return addresses.map((address) => ({ ...address, connection: connectionTo(address) }));
    },
    async close() {
      for (const connection of connections.values()) await connection.close();
    },
  };
}

async function addressesOf(cluster: ClusterConnection): Promise<readonly ApiServerAddress[]> {
  const found = new Map<string, ApiServerAddress>();
  for await (const { items } of resourceOf(cluster, SLICES).pages({ labelSelector: OF_THE_API })) {
    for (const { endpoints, ports } of items as readonly EndpointSlice[]) {
      const port = ports?.find(({ name }) => name === 'https')?.port ?? ports?.[0]?.port;
      if (port === undefined) continue;
      for (const { addresses, nodeName } of endpoints ?? []) {
        for (const address of addresses ?? []) {
          const url = `https://${address.includes(':') ? `[${address}]` : address}:${port}`;
          found.set(url, { url, serverName: null, node: nodeName ?? null });
        }
      }
    }
  }
  return [...found.values()];
}
