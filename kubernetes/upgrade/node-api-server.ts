/** The version of the API server that runs on a node, by its own `/version`. */

import type { ControlPlaneVersion } from '../../domain/maintenance/facts.ts';
import { minorOf, minorText, parseVersion } from '../../domain/maintenance/version.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { parseNode } from '../client/objects.ts';
import { readNode } from '../nodes/nodes.ts';
import type { ApiServers } from './api-servers.ts';
import { upgradeNode } from './nodes.ts';
import { nodeOfServer, versionOf } from './versions.ts';

/** Null where no API server of the node answers; never throws. */
export function createNodeApiServer(
  cluster: ClusterConnection,
  apiServers: Pick<ApiServers, 'list'>,
): (node: NodeRef) => Promise<ControlPlaneVersion | null> {
  return async ({ name }) => {
    try {
      const body = await readNode(cluster, name);
      const nodes = body === null ? [] : [upgradeNode(parseNode(body))];
      const servers = await apiServers.list();
      const own = servers.find((server) => nodeOfServer(server, nodes) === name);
      return own === undefined ? null : controlPlaneVersion(await versionOf(own.connection));
    } catch {
      return null;
    }
  };
}

function controlPlaneVersion(answer: Awaited<ReturnType<typeof versionOf>>): ControlPlaneVersion | null {
  const binary = answer.kind === 'version' ? parseVersion(answer.gitVersion) : null;
  if (answer.kind === 'silent' || binary === null) return null;
  return { binary, emulated: answer.emulated ?? minorText(minorOf(binary)).slice(1) };
}
