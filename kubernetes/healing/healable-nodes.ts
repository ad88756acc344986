/** Which nodes the healing considers (H1): Windows nodes that `healing.nodes` selects, and no virtual ones. */

import { OS_LABEL, WINDOWS_OS } from '../../contracts/names.ts';
import { matchesLabels, parseLabelSelector } from '../../domain/label-selector.ts';
import type { NodeObject } from '../client/objects.ts';

export interface HealableNodes {
  /** For the API server. It knows no selection by taints: those of virtual nodes are left to `includes`. */
  readonly labelSelector: string;
  includes(node: NodeObject): boolean;
}

export interface NodeSelection {
  /** A label selector on top of the operating system. Empty: all. */
  readonly nodes: string;
  /** Whether nodes without a machine of their own are healed, such as those of Azure Container Instances. */
  readonly virtualNodes: boolean;
  /** Default `windows`. */
  readonly os?: 'windows' | 'linux';
}

/** The virtual kubelet sets one or both. It makes no pod sandbox, so that no pod there proves anything. */
const VIRTUAL_NODES_EXCEPTED = 'type!=virtual-kubelet';
const VIRTUAL_NODE_TAINT = 'virtual-kubelet.io/provider';

/** Throws for a selector that is none; the configuration has checked it. */
export function healableNodes({ nodes, virtualNodes, os = WINDOWS_OS }: NodeSelection): HealableNodes {
  const selectors = [`${OS_LABEL}=${os}`, nodes.trim(), virtualNodes ? '' : VIRTUAL_NODES_EXCEPTED];
  const labelSelector = selectors.filter((selector) => selector !== '').join(',');
  const requirements = parseLabelSelector(labelSelector);
  if (requirements === null) throw new Error(`not a label selector: ${labelSelector}`);
  return {
    labelSelector,
    includes({ metadata, spec }) {
      if (!matchesLabels(requirements, metadata?.labels ?? {})) return false;
      return virtualNodes || !(spec?.taints ?? []).some(({ key }) => key === VIRTUAL_NODE_TAINT);
    },
  };
}

export const WINDOWS_NODES: HealableNodes = healableNodes({ nodes: '', virtualNodes: false });
