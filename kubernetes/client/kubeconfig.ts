/** Where the API server is and who asks: loads a kubeconfig or the pod's own service account. */

import { type Cluster, KubeConfig } from '@kubernetes/client-node';
import { ownMessageOf } from '../../domain/error-message.ts';

/** `default` is what kubectl does: `KUBECONFIG`, then `~/.kube/config`. */
export type KubeconfigSource = (
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'in-cluster' }
  | { readonly kind: 'default' }
) & {
  /** Asked with the same credentials in place of the server that is named there: one of several API servers. */
  readonly server?: ServerAddress;
};

export interface ServerAddress {
  readonly url: string;
  /** That its certificate must be for; null: the host of the address. */
  readonly serverName: string | null;
}

/** A person must correct the configuration: waiting does not help. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

export function loadKubeconfig(source: KubeconfigSource): KubeConfig {
  const config = new KubeConfig();
  try {
    load(config, source);
  } catch (error) {
    const why = ownMessageOf(error);
    throw new KubeconfigError(`cannot load ${describeSource(source)}: ${why}`, { cause: error });
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    const context = config.getCurrentContext();
    throw new KubeconfigError(
      `${describeSource(source)}: the current context ${JSON.stringify(context)} has no cluster`,
    );
  }
  // client-node writes "undefined" into the URL where the environment lacks host and port.
  if (source.kind === 'in-cluster' && /\/\/undefined|:undefined$/.test(cluster.server)) {
    throw new KubeconfigError('not running in a cluster: KUBERNETES_SERVICE_HOST and _PORT are not set');
  }
  if (source.server !== undefined) redirect(config, cluster, source.server);
  return config;
}

function redirect(config: KubeConfig, cluster: Cluster, { url, serverName }: ServerAddress): void {
  const other: Cluster = { ...cluster, server: url, ...(serverName === null ? {} : { tlsServerName: serverName }) };
  config.clusters = config.clusters.map((one) => (one === cluster ? other : one));
}

/** The namespace of the current context; null where it names none. */
export function kubeconfigNamespace(config: KubeConfig): string | null {
  return config.getContextObject(config.getCurrentContext())?.namespace ?? null;
}

function load(config: KubeConfig, source: KubeconfigSource): void {
  if (source.kind === 'file') config.loadFromFile(source.path);
  else if (source.kind === 'in-cluster') config.loadFromCluster();
  else config.loadFromDefault();
}

function describeSource(source: KubeconfigSource): string {
  if (source.kind === 'file') return `kubeconfig ${source.path}`;
  return source.kind === 'in-cluster' ? 'the service account of this pod' : 'the default kubeconfig';
}
