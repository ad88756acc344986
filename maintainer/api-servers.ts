/** The API servers of the cluster, each for itself: with the credentials of the maintainer, and for reading alone. */

import { kubeconfigSource } from '../config/kubeconfig-source.ts';
import type { Config } from '../config/schema/config.ts';
import { type ClusterConnection, type ConnectClusterOptions, connectCluster } from '../kubernetes/client/connection.ts';
import { type ApiServers, createApiServers } from '../kubernetes/upgrade/api-servers.ts';

export function apiServersOf(
  config: Config,
  cluster: ClusterConnection,
  options: Pick<ConnectClusterOptions, 'proxyFor' | 'onRequest' | 'onSlow'>,
): ApiServers {
  return createApiServers({
    cluster,
    configured: config.maintenance.upgrade.apiServers,
    connect: (server) =>
      connectCluster({ ...options, kubeconfig: { ...kubeconfigSource(config), server }, isDryRun: true }),
  });
}
