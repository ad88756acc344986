/** Reads of all nodes what an upgrade looks at before it acts; whatever is missing or rubbish gives a defined state. */

import { CONTROL_PLANE_LABEL } from '../../contracts/maintenance/names.ts';
import type { Labels } from '../../domain/label-selector.ts';
import { normalAddress } from '../../domain/node/address.ts';
import type { NodeUid } from '../../domain/node/identity.ts';
import { parseNodeUid } from '../../domain/node/identity.ts';
import type { Resources } from '../../domain/upgrade/preflight/capacity.ts';
import { quantity } from '../../domain/upgrade/preflight/quantity.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { conditionOf, type NodeObject } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';
import { NODES } from '../nodes/nodes.ts';

export interface UpgradeNode {
  readonly name: string;
  readonly uid: NodeUid | null;
  readonly isControlPlane: boolean;
  readonly ready: boolean;
  /** Ready, and takes pods. */
  readonly isOpen: boolean;
  /** As it was reported. */
  readonly kubelet: string;
  /** As they are compared. */
  readonly addresses: readonly string[];
  /** Where the kubelet serves HTTPS. */
  readonly kubeletPort: number;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  /** Keys. */
  readonly taints: readonly string[];
  readonly allocatable: Resources;
}

interface WholeNodeObject extends NodeObject {
  readonly status?: NonNullable<NodeObject['status']> & {
    readonly nodeInfo?: { readonly kubeletVersion?: string };
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port?: number } };
  };
}

const KUBELET_PORT = 10_250;

export async function listUpgradeNodes(cluster: ClusterConnection): Promise<readonly UpgradeNode[]> {
  const found: UpgradeNode[] = [];
  for await (const { items } of resourceOf(cluster, NODES).pages()) found.push(...items.map(upgradeNode));
  return found;
}

export function upgradeNode({ metadata, spec, status }: WholeNodeObject): UpgradeNode {
  const ready = conditionOf(status?.conditions, 'Ready')?.status === 'True';
  return {
    name: metadata?.name ?? '',
    uid: parseNodeUid(metadata?.uid ?? ''),
    isControlPlane: metadata?.labels?.[CONTROL_PLANE_LABEL] !== undefined,
    ready,
    isOpen: ready && spec?.unschedulable !== true,
    kubelet: status?.nodeInfo?.kubeletVersion ?? '',
    addresses: (status?.addresses ?? []).flatMap(({ address = '' }) => normalAddress(address) ?? []),
    kubeletPort: status?.daemonEndpoints?.kubeletEndpoint?.Port ?? KUBELET_PORT,
    labels: metadata?.labels ?? {},
    annotations: metadata?.annotations ?? {},
    taints: (spec?.taints ?? []).map(({ key }) => key ?? ''),
    allocatable: resourcesOf(status?.allocatable),
  };
}

/** What is missing, or no quantity, counts as nothing. */
export function resourcesOf(quantities: Readonly<Record<string, string | number>> | null | undefined): Resources {
  const amount = (key: string) => quantity(String(quantities?.[key] ?? '0')) ?? 0;
  return { cpu: amount('cpu'), memory: amount('memory') };
}
