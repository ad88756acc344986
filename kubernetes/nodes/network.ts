/** What a node says about its network, for judging which address an echo saw. */

import { normalAddress } from '../../domain/node/address.ts';
import type { NodeObject } from '../client/objects.ts';

export interface NodeNetwork {
  /** Of the types InternalIP and ExternalIP, as they are compared. */
  readonly addresses: readonly string[];
  readonly podCidrs: readonly string[];
  /** Label `node.kubernetes.io/windows-build`; undefined where it has none. */
  readonly windowsBuild: string | undefined;
}

const BUILD_LABEL = 'node.kubernetes.io/windows-build';
const ADDRESS_TYPES = new Set(['InternalIP', 'ExternalIP']);

export function nodeNetwork({ metadata, spec, status }: NodeObject): NodeNetwork {
  return {
    addresses: (status?.addresses ?? []).flatMap(({ type = '', address = '' }) => {
      const normal = ADDRESS_TYPES.has(type) ? normalAddress(address) : null;
      return normal === null ? [] : [normal];
    }),
    podCidrs: spec?.podCIDRs ?? [],
    windowsBuild: metadata?.labels?.[BUILD_LABEL],
  };
}
