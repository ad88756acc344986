/** Which volumes are still attached to a node. */

import type { NodeName } from '../../domain/node/identity.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { resourceOf } from '../client/resource.ts';

export interface NodeVolumes {
  /** Names of the VolumeAttachments of the node. */
  attachments(node: NodeName): Promise<readonly string[]>;
}

interface VolumeAttachment {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly nodeName?: string };
}

const ATTACHMENTS = { group: 'storage.k8s.io', version: 'v1', plural: 'volumeattachments', namespace: null } as const;

export function createNodeVolumes(connection: ClusterConnection): NodeVolumes {
  return {
    async attachments(node) {
      const found: string[] = [];
      for await (const { items } of resourceOf(connection, ATTACHMENTS).pages()) {
        const own = items.filter(({ spec }: VolumeAttachment) => spec?.nodeName === node);
        found.push(...own.map(({ metadata }: VolumeAttachment) => metadata?.name ?? ''));
      }
      return found;
    },
  };
}
