/** Writes Events about objects, where `kubectl describe` finds them. */

import { createHash } from 'node:crypto';

import { cutText } from '../../domain/cut-text.ts';
import { ClusterError } from './cluster-error.ts';
import type { ClusterConnection } from './connection.ts';
import { resourceOf } from './resource.ts';

export interface InvolvedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  /** Missing for objects without one. */
  readonly namespace?: string;
}

export interface ObjectEvent {
  readonly about: InvolvedObject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Makes the Event's name together with object and reason: the same key writes one Event only. */
  readonly key: string;
}

export interface ObjectEvents {
  record(event: ObjectEvent): Promise<void>;
}

/** Events of objects without a namespace live here. */
const CLUSTER_EVENT_NAMESPACE = 'default';

/** The API server refuses longer ones. */
const MESSAGE_LENGTH_MAX = 1_024;

export function createObjectEvents(connection: ClusterConnection): ObjectEvents {
  return {
    async record(event) {
      const { kind, name, namespace = CLUSTER_EVENT_NAMESPACE } = event.about;
      const events = resourceOf(connection, { group: '', version: 'v1', plural: 'events', namespace });
      const manifest = eventManifest(event, new Date().toISOString());
      try {
        await events.create(manifest, { about: `${event.reason} for ${kind.toLowerCase()} ${name}` });
      } catch (error) {
        const failure = error instanceof ClusterError ? error.failure : null;
        if (failure?.kind === 'refused' && failure.reason === 'AlreadyExists') return;
        throw error;
      }
    },
  };
}

function eventManifest({ about, type, reason, message, key }: ObjectEvent, now: string) {
  const hash = createHash('sha256').update([about.uid, reason, key].join('\n')).digest('hex').slice(0, 32);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `vigilante-${hash}`, namespace: about.namespace ?? CLUSTER_EVENT_NAMESPACE },
    involvedObject: about,
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
