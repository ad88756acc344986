/** Writes Events about a node (H17), where `kubectl describe node` finds them. */

import { createHash } from 'node:crypto';

import { cutText } from '../../domain/cut-text.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import { ClusterError } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { resourceOf } from '../client/resource.ts';

export interface NodeEvent {
  readonly node: NodeRef;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Makes the Event's name together with node and reason: the same key writes one Event only. */
  readonly key: string;
}

export interface NodeEvents {
  record(event: NodeEvent): Promise<void>;
}

/** Events of objects without a namespace live here. */
export const NODE_EVENT_NAMESPACE = 'default';

/** The API server refuses longer ones. */
const MESSAGE_LENGTH_MAX = 1_024;

export function createNodeEvents(connection: ClusterConnection): NodeEvents {
  const events = resourceOf(connection, {
    group: '',
    version: 'v1',
    plural: 'events',
    namespace: NODE_EVENT_NAMESPACE,
  });
  return {
    async record(event) {
      const manifest = nodeEventManifest(event, new Date().toISOString());
      try {
        await events.create(manifest, { about: `${event.reason} for node ${event.node.name}` });
      } catch (error) {
        const failure = error instanceof ClusterError ? error.failure : null;
        if (failure?.kind === 'refused' && failure.reason === 'AlreadyExists') return;
        throw error;
      }
    },
  };
}

export function nodeEventManifest({ node, type, reason, message, key }: NodeEvent, now: string) {
  const hash = createHash('sha256').update([node.uid, reason, key].join('\n')).digest('hex').slice(0, 32);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `vigilante-${hash}`, namespace: NODE_EVENT_NAMESPACE },
    involvedObject: { apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid },
    type,
    reason,
    message: cutText(message, MESSAGE_LENGTH_MAX),
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    source: { component: 'vigilante' },
    reportingComponent: 'vigilante',
    reportingInstance: 'vigilante',
  };
}
