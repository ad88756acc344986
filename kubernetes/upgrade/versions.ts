/** Reads which versions run: of API servers at their own addresses, of nodes, of pods of kube-system. */

import { isRecord } from '../../contracts/shape.ts';
import { normalAddress } from '../../domain/node/address.ts';
import {
  type ApiServerFacts,
  type ComponentPod,
  type ControlPlane,
  type ObservedVersions,
  observedVersions,
} from '../../domain/upgrade/observed.ts';
import { clusterFailure } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import type { PodObject } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';
import type { ApiServer, ApiServers } from './api-servers.ts';
import { listUpgradeNodes, type UpgradeNode } from './nodes.ts';

export interface VersionReaderOptions {
  readonly cluster: ClusterConnection;
  readonly apiServers: ApiServers;
  readonly controlPlane: ControlPlane;
}

/** Asks the cluster each time. Throws `ClusterError` where it cannot be asked at all. */
export type ObserveVersions = () => Promise<ObservedVersions>;

interface ComponentPodObject extends PodObject {
  readonly spec?: NonNullable<PodObject['spec']> & {
    readonly containers?: readonly { readonly name?: string; readonly image?: string }[] | null;
  };
}

const SYSTEM_PODS = { group: '', version: 'v1', plural: 'pods', namespace: 'kube-system' } as const;
const COMPONENT_LABEL = 'component';
const CONTROL_PLANE_PODS = `${COMPONENT_LABEL} in (etcd,kube-controller-manager,kube-scheduler)`;
const KUBE_PROXY = 'kube-proxy';
const KUBE_PROXY_PODS = `k8s-app=${KUBE_PROXY}`;

export function createVersionReader({ cluster, apiServers, controlPlane }: VersionReaderOptions): ObserveVersions {
  return async () => {
    const nodes = await listUpgradeNodes(cluster);
    const servers = await apiServers.list();
    return observedVersions({
      controlPlane,
      nodes,
      apiServers: await Promise.all(servers.map((server) => serverFacts(server, nodes))),
      pods: [...(await componentPods(cluster, CONTROL_PLANE_PODS)), ...(await componentPods(cluster, KUBE_PROXY_PODS))],
    });
  };
}

async function serverFacts(server: ApiServer, nodes: readonly UpgradeNode[]): Promise<ApiServerFacts> {
  const { url, connection } = server;
  return { url, node: nodeOfServer(server, nodes), answer: await versionOf(connection) };
}

export function nodeOfServer(
  { url, node }: ApiServer,
  nodes: readonly Pick<UpgradeNode, 'name' | 'addresses'>[],
): string | null {
  if (node !== null) return node;
  const address = normalAddress(new URL(url).hostname.replace(/^\[|\]$/g, ''));
  if (address === null) return null;
  return nodes.find(({ addresses }) => addresses.includes(address))?.name ?? null;
}

export async function versionOf(connection: ClusterConnection): Promise<ApiServerFacts['answer']> {
  try {
    const target = { verb: 'get', resource: 'version', object: '', method: 'GET', path: '/version' } as const;
    const body = await connection.send(target);
    const field = (key: string) => (isRecord(body) && typeof body[key] === 'string' ? body[key] : null);
    const [major, minor] = [field('emulationMajor'), field('emulationMinor')];
    return {
      kind: 'version',
      gitVersion: field('gitVersion') ?? '',
      emulated: minor === null ? null : `${major ?? ''}.${minor.replace(/\+$/, '')}`,
    };
  } catch (error) {
    return { kind: 'silent', message: clusterFailure(error).message };
  }
}

async function componentPods(cluster: ClusterConnection, labelSelector: string): Promise<readonly ComponentPod[]> {
  const found: ComponentPod[] = [];
  for await (const { items } of resourceOf(cluster, SYSTEM_PODS).pages({ labelSelector })) {
    found.push(...items.flatMap(componentPod));
  }
  return found;
}

/** The container of the same name, else the first. */
function componentPod({ metadata, spec, status }: ComponentPodObject): readonly ComponentPod[] {
  const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (spec?.nodeName === undefined || hasEnded || metadata?.deletionTimestamp !== undefined) return [];
  const component = metadata?.labels?.[COMPONENT_LABEL] ?? KUBE_PROXY;
  const containers = spec.containers ?? [];
  const container = containers.find(({ name }) => name === component) ?? containers[0];
  const pod = `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
  return [{ pod, node: spec.nodeName, component, image: container?.image ?? '' }];
}
