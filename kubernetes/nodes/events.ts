/** Writes Events about a node (H17), where `kubectl describe node` finds them. */

import type { NodeRef } from '../../domain/node/identity.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { createObjectEvents, type ObjectEvent } from '../client/events.ts';

export interface NodeEvent extends Omit<ObjectEvent, 'about'> {
  readonly node: NodeRef;
}

export interface NodeEvents {
  record(event: NodeEvent): Promise<void>;
}

export function createNodeEvents(connection: ClusterConnection): NodeEvents {
  const events = createObjectEvents(connection);
  return {
    record: ({ node: { name, uid }, ...event }) =>
      events.record({ ...event, about: { apiVersion: 'v1', kind: 'Node', name, uid } }),
  };
}
